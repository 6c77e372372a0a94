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
        let chat = try ChatCompletionRequest.decode(body, context: service.decoding)
        try service.checkReady()
        let prompt = try await service.prompt(of: chat.conversation)
        let head = service.head(of: request, kind: "chatcmpl", requestID: chat.options.requestID)
        let fields = GenerationFields(
            sampling: chat.sampling,
            budget: chat.outputBudget,
            logprobs: chat.logprobCount,
            options: chat.options,
            constraint: try await service.constraint(chat.output)
        )
        let textRequest = try service.textRequest(prompt: prompt.tokens, fields: fields, id: head.id)
        let run = try GenerationRun(prompts: [prompt], requests: [textRequest], service: service)
        let answer = ChatAnswer(
            service: service,
            chat: chat,
            head: head,
            run: run,
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
    let head: ResponseHead
    let run: GenerationRun
    let options: StreamOptions

    private var prompt: Prompt { run.prompts[0] }
    private var promptTokenIDs: [Int]? { chat.options.returnTokenIDs ? prompt.tokens.map(\.index) : nil }
    private var promptText: String? { chat.returnPromptText ? prompt.text : nil }

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
        var texts = Array(repeating: ChoiceText(tokenizer: service.model.tokenizer), count: run.choiceCount)
        var hasBegun = false
        try await run.forEachBatch { events in
            try await sink.send { bytes in
                if !hasBegun {
                    hasBegun = true
                    begin(writer, usage.usage, &bytes)
                }
                for (_, event) in events {
                    usage.count(event, prompt: 0)
                    for output in event.outputs {
                        let delta = try delta(output, &texts[output.choice])
                        writer.append(delta, usage: usage.usage, to: &bytes)
                    }
                }
            }
        }
        var bytes: [UInt8] = []
        writer.appendUsage(usage.usage, to: &bytes)
        try await sink.send(bytes)
    }

    private func delta(
        _ output: TextOutput,
        _ text: inout ChoiceText
    ) throws(APIError) -> ChatCompletionChunkWriter.Delta {
        ChatCompletionChunkWriter.Delta(
            choice: output.choice,
            content: output.text,
            logprobs: chat.logprobs ? text.logprobs(of: output) : nil,
            tokenIDs: chat.options.returnTokenIDs ? output.tokens.map(\.id.index) : nil,
            finish: try output.finish()
        )
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
        var choices = Array(repeating: WholeChoice(tokenizer: service.model.tokenizer), count: run.choiceCount)
        try await run.forEach { _, event in
            usage.count(event, prompt: 0)
            for output in event.outputs { try choices[output.choice].append(output) }
        }
        let response = ChatCompletionResponse(
            head: head,
            choices: choices.enumerated().map { index, choice in
                var result = ChatCompletionResponse.Choice(
                    index: index,
                    content: (echo ?? "") + choice.text,
                    finish: choice.finish,
                    logprobs: chat.logprobs ? choice.logprobs : nil,
                    tokenIDs: chat.options.returnTokenIDs ? choice.tokens.map(\.index) : nil
                )
                result.role = service.configuration.responseRole
                return result
            },
            usage: usage.usage,
            promptTokenIDs: promptTokenIDs,
            promptText: promptText
        )
        return JSONResponse.make(response.body)
    }
}

/// A choice gathered from all its outputs.
struct WholeChoice {
    private(set) var text = ""
    private(set) var tokens: [TokenID] = []
    private(set) var logprobs: [PositionLogprobs] = []
    private(set) var finish = ChoiceFinish(.abort)
    private var texts: ChoiceText

    init(tokenizer: Tokenizer) { texts = ChoiceText(tokenizer: tokenizer) }

    mutating func append(_ output: TextOutput) throws(APIError) {
        text += output.text
        tokens += output.tokens.map(\.id)
        logprobs += texts.logprobs(of: output) ?? []
        finish = try output.finish() ?? finish
    }
}
