import HTTPTypes
import Hummingbird
import Martlet
import MartletEngine
import MartletOpenAIAPI
import MartletTokenizers

/// Answers `POST /v1/completions`.
struct CompletionsRoute: Sendable {
    let service: ModelService
    let connections: ConnectionRegistry

    func respond(to request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(
            request,
            context: context,
            limit: service.configuration.maxBodyByteCount
        )
        let completion = try CompletionRequest.decode(body, context: service.decoding)
        try service.checkReady()
        let head = service.head(of: request, kind: "cmpl", requestID: completion.options.requestID)
        let fields = GenerationFields(
            sampling: completion.sampling,
            budget: completion.outputBudget,
            logprobs: completion.logprobs,
            options: completion.options,
            constraint: try await service.constraint(completion.output)
        )
        var prompts: [Prompt] = []
        var requests: [TextRequest] = []
        for (position, item) in completion.prompts.enumerated() {
            let prompt = try await service.prompt(
                of: item,
                addSpecialTokens: completion.addSpecialTokens,
                truncation: completion.options.truncation,
                wantsText: completion.echo
            )
            requests.append(
                try service.textRequest(prompt: prompt.tokens, fields: fields, id: head.id, position: position)
            )
            prompts.append(prompt)
        }
        let run = try GenerationRun(prompts: prompts, requests: requests, service: service)
        let answer = CompletionAnswer(
            service: service,
            completion: completion,
            head: head,
            run: run,
            options: service.streamOptions(completion.options)
        )
        return try await answer.response(
            isStreamed: completion.options.stream,
            connection: service.connection(of: context, in: connections)
        )
    }
}

/// The answer to one completion request, streamed or whole.
struct CompletionAnswer: GenerationAnswer {
    let service: ModelService
    let completion: CompletionRequest
    let head: ResponseHead
    let run: GenerationRun
    let options: StreamOptions

    /// Whether only the prompt is shown: with an echo and a budget of 0 one token is generated and left out.
    private var showsOnlyPrompt: Bool { completion.echo && completion.sampling.maxTokens == 0 }

    func stream(into sink: EventSink) async throws {
        let writer = CompletionChunkWriter(head: head, options: options)
        var usage = UsageCounter(run: run, reportsDetails: service.configuration.reportsPromptTokenDetails)
        var choices = Array(
            repeating: StreamedChoice(
                text: ChoiceText(tokenizer: service.model.tokenizer, showsIDs: completion.options.showsTokensAsIDs),
                grouping: OutputGrouping(
                    interval: completion.options.streamInterval ?? service.configuration.streamInterval
                )
            ),
            count: run.prompts.count * run.choiceCount
        )
        try await run.forEachBatch { events in
            try await sink.send { bytes in
                for (position, event) in events {
                    usage.count(event, prompt: position)
                    for output in event.outputs {
                        let index = position * run.choiceCount + output.choice
                        guard let output = choices[index].grouping.add(output) else { continue }
                        let delta = try delta(output, index: index, &choices[index])
                        writer.append(delta, usage: usage.usage, to: &bytes)
                    }
                }
            }
        }
        var bytes: [UInt8] = []
        writer.appendUsage(usage.usage, to: &bytes)
        try await sink.send(bytes)
    }

    /// What a choice's next event depends on besides its output.
    private struct StreamedChoice {
        var text: ChoiceText
        var grouping: OutputGrouping
        /// Of the next log-probabilities' text.
        var offset = 0
        var hasBegun = false
    }

    private func delta(
        _ output: TextOutput,
        index: Int,
        _ choice: inout StreamedChoice
    ) throws(APIError) -> CompletionChunkWriter.Delta {
        var delta = CompletionChunkWriter.Delta(
            choice: index,
            text: showsOnlyPrompt ? "" : output.text,
            finish: try output.finish()
        )
        if completion.logprobs != nil, let positions = choice.text.logprobs(of: output) {
            var logprobs = CompletionLogprobs(offset: choice.offset)
            for entry in positions { logprobs.append(entry) }
            choice.offset = logprobs.nextOffset
            delta.logprobs = logprobs
        }
        if completion.options.returnTokenIDs { delta.tokenIDs = output.tokens.map(\.id.index) }
        guard !choice.hasBegun else { return delta }
        choice.hasBegun = true
        let prompt = run.prompts[index / run.choiceCount]
        if completion.echo { delta.text = prompt.text + delta.text }
        if completion.echo || completion.options.returnTokenIDs { delta.promptTokenIDs = prompt.tokens.map(\.index) }
        return delta
    }

    func whole() async throws -> Response {
        var usage = UsageCounter(run: run, reportsDetails: service.configuration.reportsPromptTokenDetails)
        let count = run.prompts.count * run.choiceCount
        let showsIDs = completion.options.showsTokensAsIDs
        var choices = Array(
            repeating: WholeChoice(tokenizer: service.model.tokenizer, showsIDs: showsIDs),
            count: count
        )
        try await run.forEach { position, event in
            usage.count(event, prompt: position)
            for output in event.outputs { try choices[position * run.choiceCount + output.choice].append(output) }
        }
        let response = CompletionResponse(
            head: head,
            choices: choices.enumerated().map { choice($0.offset, $0.element) },
            usage: usage.usage
        )
        return JSONResponse.make(response.body)
    }

    private func choice(_ index: Int, _ choice: WholeChoice) -> CompletionResponse.Choice {
        let prompt = run.prompts[index / run.choiceCount]
        let text = showsOnlyPrompt ? "" : choice.text
        var result = CompletionResponse.Choice(
            index: index,
            text: completion.echo ? prompt.text + text : text,
            finish: choice.finish
        )
        if completion.logprobs != nil {
            var logprobs = CompletionLogprobs()
            for entry in choice.logprobs { logprobs.append(entry) }
            result.logprobs = logprobs
        }
        if completion.options.returnTokenIDs {
            result.tokenIDs = choice.tokens.map(\.index)
            result.promptTokenIDs = prompt.tokens.map(\.index)
        }
        return result
    }
}
