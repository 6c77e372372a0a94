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
        var completion = try CompletionRequest.decode(body, context: service.decoding)
        if service.configuration.showsTokensAsIDs { completion.options.showsTokensAsIDs = true }
        completion.options = try service.options(completion.options, of: request)
        try service.checkReady()
        let ranks = completion.shownChoiceCount != nil
        if ranks, service.configuration.logprobsMode.isLogits {
            throw APIError.badRequest("best_of must equal n where --logprobs-mode is one of logits.", param: "best_of")
        }
        let head = service.head(of: request, kind: "cmpl", requestID: completion.options.requestID)
        let fields = GenerationFields(
            sampling: completion.sampling,
            budget: completion.outputBudget,
            // choices are ranked by them
            logprobs: completion.logprobs ?? (ranks ? 0 : nil),
            promptLogprobs: completion.options.promptLogprobs ?? (completion.echo ? completion.logprobs : nil),
            options: completion.options,
            constraint: try await service.constraint(completion.output)
        )
        var prompts: [Prompt] = []
        for item in completion.prompts {
            prompts.append(
                try await service.prompt(
                    of: item,
                    addSpecialTokens: completion.addSpecialTokens,
                    truncation: completion.options.truncation,
                    wantsText: completion.echo
                )
            )
        }
        let answer = CompletionAnswer(
            service: service,
            completion: completion,
            head: head,
            run: try GenerationRun(prompts: prompts, fields: fields, id: head.id, service: service),
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
        var promptLogprobs = Array(repeating: [TokenLogprobs](), count: run.prompts.count)
        try await run.send(to: sink) { position, event, bytes in
            usage.count(event, prompt: position)
            promptLogprobs[position] += event.promptLogprobs
            for output in event.outputs {
                let index = position * run.choiceCount + output.choice
                guard let output = choices[index].grouping.add(output) else { continue }
                if !choices[index].hasBegun { echo(promptLogprobs[position], prompt: position, &choices[index]) }
                let delta = try delta(output, index: index, &choices[index])
                writer.append(delta, usage: usage.usage, to: &bytes)
            }
        }
        var bytes: [UInt8] = []
        writer.appendUsage(usage.usage, metrics: service.metrics(of: usage), to: &bytes)
        try await sink.send(bytes)
    }

    /// What a choice's next event depends on besides its output.
    private struct StreamedChoice {
        var text: ChoiceText
        var grouping: OutputGrouping
        /// Those of the prompt, before the first event.
        var logprobs = CompletionLogprobs()
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
            if !showsOnlyPrompt { for entry in positions { choice.logprobs.append(entry) } }
            delta.logprobs = choice.logprobs
            choice.logprobs = CompletionLogprobs(offset: choice.logprobs.nextOffset)
        }
        if completion.options.returnTokenIDs { delta.tokenIDs = output.tokens.map(\.id.index) }
        guard !choice.hasBegun else { return delta }
        choice.hasBegun = true
        let prompt = run.prompts[index / run.choiceCount]
        if completion.echo { delta.text = prompt.text + delta.text }
        if completion.echo || completion.options.returnTokenIDs { delta.promptTokenIDs = prompt.tokens.map(\.index) }
        return delta
    }

    /// Puts the prompt's log-probabilities before those of a choice, where the prompt is part of its text.
    private func echo(_ logprobs: [TokenLogprobs], prompt position: Int, _ choice: inout StreamedChoice) {
        guard completion.echo, completion.logprobs != nil else { return }
        choice.logprobs = echoed(logprobs, prompt: position)
    }

    /// The log-probabilities of a prompt as the beginning of a choice's.
    private func echoed(_ logprobs: [TokenLogprobs], prompt position: Int) -> CompletionLogprobs {
        let tokens = run.prompts[position].tokens
        var text = ChoiceText(tokenizer: service.model.tokenizer, showsIDs: completion.options.showsTokensAsIDs)
        var result = CompletionLogprobs()
        result.appendFirst(text.shownText(of: tokens[0]))
        for entries in text.promptLogprobs(logprobs, of: tokens).positions {
            guard let chosen = entries.first else { continue }
            result.append(PositionLogprobs(chosen: chosen.token, top: entries.dropFirst().map(\.token)))
        }
        return result
    }

    func whole() async throws -> Response {
        var usage = UsageCounter(run: run, reportsDetails: service.configuration.reportsPromptTokenDetails)
        let count = run.prompts.count * run.choiceCount
        let showsIDs = completion.options.showsTokensAsIDs
        var choices = Array(
            repeating: WholeChoice(tokenizer: service.model.tokenizer, showsIDs: showsIDs),
            count: count
        )
        var promptLogprobs = Array(repeating: [TokenLogprobs](), count: run.prompts.count)
        try await run.forEach { position, event in
            usage.count(event, prompt: position)
            promptLogprobs[position] += event.promptLogprobs
            for output in event.outputs { try choices[position * run.choiceCount + output.choice].append(output) }
        }
        var response = CompletionResponse(
            head: head,
            choices: shown(choices).enumerated().map { place, index in
                var result = choice(index, choices[index], promptLogprobs[index / run.choiceCount])
                result.index = place
                return result
            },
            usage: usage.usage
        )
        response.metrics = service.metrics(of: usage)
        return JSONResponse.make(response.body)
    }

    /// The places of the choices that are the answer: all, or of each prompt's those that are likeliest by token.
    private func shown(_ choices: [WholeChoice]) -> [Int] {
        guard let count = completion.shownChoiceCount else { return Array(choices.indices) }
        return stride(from: 0, to: choices.count, by: run.choiceCount).flatMap { start in
            (start..<start + run.choiceCount)
                .sorted { (choices[$1].meanLogprob, $0) < (choices[$0].meanLogprob, $1) }
                .prefix(count)
        }
    }

    private func choice(
        _ index: Int,
        _ choice: WholeChoice,
        _ promptLogprobs: [TokenLogprobs]
    ) -> CompletionResponse.Choice {
        let position = index / run.choiceCount
        let prompt = run.prompts[position]
        let text = showsOnlyPrompt ? "" : choice.text
        var result = CompletionResponse.Choice(
            index: index,
            text: completion.echo ? prompt.text + text : text,
            finish: choice.finish
        )
        if completion.logprobs != nil {
            var logprobs = completion.echo ? echoed(promptLogprobs, prompt: position) : CompletionLogprobs()
            if !showsOnlyPrompt { for entry in choice.logprobs { logprobs.append(entry) } }
            result.logprobs = logprobs
        }
        if completion.options.promptLogprobs != nil || (completion.echo && completion.logprobs != nil) {
            var text = ChoiceText(tokenizer: service.model.tokenizer, showsIDs: completion.options.showsTokensAsIDs)
            result.promptLogprobs = text.promptLogprobs(promptLogprobs, of: prompt.tokens)
        }
        if completion.options.returnTokenIDs {
            result.tokenIDs = choice.tokens.map(\.index)
            result.promptTokenIDs = prompt.tokens.map(\.index)
        }
        return result
    }
}
