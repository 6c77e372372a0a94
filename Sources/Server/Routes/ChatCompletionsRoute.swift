import HTTPTypes
import Hummingbird
import Martlet
import MartletEngine
import MartletOpenAIAPI
import MartletTokenizers

/// Answers `POST /v1/chat/completions`.
struct ChatCompletionsRoute: Sendable {
    let service: ModelService
    let connections: ConnectionRegistry

    func respond(to request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(
            request,
            context: context,
            limit: service.configuration.maxBodyByteCount
        )
        var chat = try ChatCompletionRequest.decode(body, context: service.decoding)
        if service.configuration.showsTokensAsIDs { chat.options.showsTokensAsIDs = true }
        chat.options = try service.options(chat.options, of: request)
        try service.checkReady()
        let head = service.head(of: request, kind: "chatcmpl", requestID: chat.options.requestID)
        let generation = try await service.generate(chat, id: head.id)
        let answer = ChatAnswer(
            service: service,
            chat: chat,
            plan: generation.plan,
            head: head,
            run: generation.run,
            options: service.streamOptions(chat.options)
        )
        return try await answer.response(
            isStreamed: chat.options.stream,
            connection: service.connection(of: context, in: connections)
        )
    }
}

/// The answer to one chat request, streamed or whole.
struct ChatAnswer: GenerationAnswer {
    let service: ModelService
    let chat: ChatCompletionRequest
    let plan: ChatOutputPlan
    let head: ResponseHead
    let run: GenerationRun
    let options: StreamOptions

    private var prompt: Prompt { run.prompts[0] }
    private var promptTokenIDs: [Int]? { chat.options.returnTokenIDs ? prompt.tokens.map(\.index) : nil }
    private var promptText: String? { chat.returnPromptText ? prompt.text : nil }

    private var countsReasoning: Bool { service.configuration.formats.reasoning != nil }

    private var counter: UsageCounter {
        UsageCounter(
            run: run,
            reportsDetails: service.configuration.reportsPromptTokenDetails,
            createdCacheTokens: 0
        )
    }

    /// The last message's text, when the answer is to begin with it.
    private var echo: String? {
        guard chat.echo, let last = chat.conversation.messages.last, last.role == service.configuration.responseRole
        else { return nil }
        return last.content.text
    }

    func stream(into sink: EventSink) async throws {
        let writer = ChatCompletionChunkWriter(head: head, options: options)
        var usage = counter
        var choices = (0..<run.choiceCount).map { _ in
            ChatChoice(
                chat: chat,
                plan: plan,
                tokenizer: service.model.tokenizer,
                tally: service.toolParsing.tally(.chatCompletions, isStreamed: true),
                streamInterval: service.configuration.streamInterval
            )
        }
        var hasBegun = false
        try await run.send(to: sink) { _, event, bytes in
            if !hasBegun {
                hasBegun = true
                begin(writer, usage.usage, &bytes)
            }
            usage.count(event, prompt: 0)
            for output in event.outputs {
                guard let delta = try choices[output.choice].delta(of: output) else { continue }
                writer.append(delta, usage: usage.usage, to: &bytes)
            }
        }
        if countsReasoning { usage.countReasoning(choices.reduce(0) { $0 + $1.reasoningTokenCount }) }
        var bytes: [UInt8] = []
        writer.appendUsage(usage.usage, metrics: service.metrics(of: usage), to: &bytes)
        try await sink.send(bytes)
    }

    /// The role of every choice, and the echo where asked for.
    private func begin(_ writer: ChatCompletionChunkWriter, _ usage: Usage, _ bytes: inout [UInt8]) {
        for choice in 0..<run.choiceCount {
            writer.appendRole(
                choice: choice,
                promptTokenIDs: promptTokenIDs,
                promptText: promptText,
                usage: usage,
                to: &bytes
            )
        }
        guard let echo else { return }
        for choice in 0..<run.choiceCount {
            writer.append(.init(choice: choice, content: echo), usage: usage, to: &bytes)
        }
    }

    func whole() async throws -> Response {
        var usage = counter
        var choices = (0..<run.choiceCount).map { _ in
            WholeChatChoice(
                chat: chat,
                plan: plan,
                tokenizer: service.model.tokenizer,
                tally: service.toolParsing.tally(.chatCompletions, isStreamed: false)
            )
        }
        var promptLogprobs: [TokenLogprobs] = []
        try await run.forEach { _, event in
            usage.count(event, prompt: 0)
            promptLogprobs += event.promptLogprobs
            for output in event.outputs { try choices[output.choice].append(output) }
        }
        if countsReasoning { usage.countReasoning(choices.reduce(0) { $0 + $1.reasoningTokenCount }) }
        var response = ChatCompletionResponse(
            head: head,
            choices: choices.enumerated().map { index, choice in
                var result = choice.response(index: index, echo: echo)
                result.role = service.configuration.responseRole
                return result
            },
            usage: usage.usage,
            promptTokenIDs: promptTokenIDs,
            promptText: promptText
        )
        response.metrics = service.metrics(of: usage)
        if chat.options.promptLogprobs != nil {
            var text = ChoiceText(tokenizer: service.model.tokenizer, showsIDs: chat.options.showsTokensAsIDs)
            response.promptLogprobs = text.promptLogprobs(promptLogprobs, of: prompt.tokens)
        }
        return JSONResponse.make(response.body)
    }
}
