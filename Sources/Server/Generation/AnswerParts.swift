import Martlet
import MartletEngine
import MartletOpenAIAPI
import MartletOutputParsing

/// The one answer to a chat as a sequence of parts, for formats that list what was said in order.
struct AnswerParts {
    private var choice: ChatChoice
    private var counter: UsageCounter
    private var lastFinish = ChoiceFinish(.abort)
    /// Log-probabilities of tokens whose text is held back.
    private var pending: [PositionLogprobs] = []
    private let countsReasoning: Bool

    init(
        _ generation: ChatGeneration,
        service: ModelService,
        endpoint: ToolParsingCounts.Use.Endpoint,
        isStreamed: Bool
    ) {
        choice = ChatChoice(
            chat: generation.chat,
            plan: generation.plan,
            tokenizer: service.model.tokenizer,
            tally: service.toolParsing.tally(endpoint, isStreamed: isStreamed)
        )
        counter = UsageCounter(run: generation.run, reportsDetails: true)
        countsReasoning = service.configuration.formats.reasoning != nil
    }

    /// How the answer ended; aborted while it has not.
    var finish: ChoiceFinish { choice.finish(lastFinish) }

    /// The tokens so far.
    var usage: Usage {
        var counter = counter
        if countsReasoning { counter.countReasoning(choice.reasoningTokenCount) }
        return counter.usage
    }

    /// What an event of the engine adds.
    ///
    /// - Throws: 500 when the engine failed.
    mutating func parts(of event: TextEvent) throws(APIError) -> [AnswerPart] {
        counter.count(event, prompt: 0)
        var parts: [AnswerPart] = []
        for output in event.outputs {
            let part = try choice.part(of: output)
            pending += part.logprobs ?? []
            for event in part.events { parts.append(answerPart(event)) }
            if let finish = part.finish {
                lastFinish = finish
                if !pending.isEmpty { parts.append(.text("", logprobs: takePending())) }
            }
        }
        return parts
    }

    private mutating func answerPart(_ event: OutputEvent) -> AnswerPart {
        switch event {
        case .reasoning(let text):
            pending = []
            return .reasoning(text)
        case .content(let text): return .text(text, logprobs: text.utf8.isEmpty ? nil : takePending())
        case .toolCallBegin(_, let id, let name):
            pending = []
            return .callBegin(id: id, name: name)
        case .toolCallArguments(_, let text):
            pending = []
            return .callArguments(text)
        case .toolCallEnd:
            pending = []
            return .callEnd
        }
    }

    /// The log-probabilities not told yet; `nil` where none are asked for.
    private mutating func takePending() -> [PositionLogprobs]? {
        defer { pending = [] }
        return pending.isEmpty ? nil : pending
    }
}

extension GenerationRun {
    /// Sends the parts of an answer as they come.
    func send(
        _ parts: inout AnswerParts,
        to sink: EventSink,
        _ append: (AnswerPart, inout [UInt8]) -> Void
    ) async throws {
        try await send(to: sink) { _, event, bytes in
            for part in try parts.parts(of: event) { append(part, &bytes) }
        }
    }
}
