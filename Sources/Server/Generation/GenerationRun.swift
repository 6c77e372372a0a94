package import Martlet
import MartletEngine
package import MartletOpenAIAPI
import MartletTokenizers

/// One HTTP request's generation: a stream for each prompt, read as one sequence of events.
package struct GenerationRun: Sendable {
    /// The prompts, one stream each.
    package let prompts: [Prompt]
    /// The number of choices of each prompt.
    package let choiceCount: Int
    /// How the tokens of each prompt's choices are chosen, defaults merged.
    let parameters: [SamplingParameters]
    private let streams: [TextSource]
    private let maxModelLength: Int

    /// Starts every prompt; when one is refused, those already started are aborted.
    ///
    /// - Parameters:
    ///   - prompts: the prompts.
    ///   - fields: what the request says of all of them.
    ///   - id: names the request in the engine.
    ///   - service: the model.
    /// - Throws: 400 naming the field, or what the engine refuses one of them for.
    package init(
        prompts: [Prompt],
        fields: GenerationFields,
        id: String,
        service: ModelService
    ) throws(APIError) {
        var requests: [TextRequest] = []
        for (position, prompt) in prompts.enumerated() {
            requests.append(
                try service.textRequest(prompt: prompt.tokens, fields: fields, id: id, position: position)
            )
        }
        self.prompts = prompts
        parameters = requests.map(\.generation.parameters)
        maxModelLength = service.model.maxModelLength
        choiceCount = requests.first?.generation.choiceCount ?? 1
        var streams: [TextSource] = []
        for request in requests {
            do {
                streams.append(try service.start(request, beamLengthPenalty: fields.sampling.beamLengthPenalty))
            } catch {
                for stream in streams { stream.abort() }
                throw error
            }
        }
        self.streams = streams
    }

    /// Ends every stream; what waits or runs is dropped.
    package func abort() {
        for stream in streams { stream.abort() }
    }

    /// Hands each event to `body` with the number of its prompt, until every choice has ended.
    package func forEach(_ body: (Int, TextEvent) async throws -> Void) async throws {
        try await forEachBatch { events in
            for (position, event) in events { try await body(position, event) }
        }
    }

    /// Sends what `append` makes of each event and the number of its prompt; what is ready at a time is one write.
    func send(to sink: EventSink, _ append: (Int, TextEvent, inout [UInt8]) throws -> Void) async throws {
        try await forEachBatch { events in
            try await sink.send { bytes in
                for (position, event) in events { try append(position, event, &bytes) }
            }
        }
    }

    /// Hands all events that are ready to `body`, each with the number of its prompt, until every choice has ended.
    package func forEachBatch(_ body: ([(prompt: Int, event: TextEvent)]) async throws -> Void) async throws {
        for (position, stream) in streams.enumerated() {
            // one after the other: each fills the batch by itself
            guard case .beams(let search) = stream else { continue }
            try await body([(position, try await run(search))])
        }
        let streams = streams.compactMap(\.stream)
        if streams.isEmpty { return try Task.checkCancellation() }
        if streams.count == 1 {
            var events = streams[0].makeAsyncIterator()
            while true {
                let batch = await events.nextBatch()
                if batch.isEmpty { break }
                try await body(batch.map { (0, $0) })
            }
            try Task.checkCancellation()
            return
        }
        let (merged, continuation) = AsyncStream<(Int, TextEvent)>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (position, stream) in streams.enumerated() {
                group.addTask { for await event in stream { continuation.yield((position, event)) } }
            }
            var open = streams.count * choiceCount
            for await (position, event) in merged {
                open -= event.outputs.count { $0.finishReason != nil }
                try await body([(position, event)])
                if open == 0 { break }
            }
            group.cancelAll()
        }
        try Task.checkCancellation()
    }
}

extension GenerationRun {
    private func run(_ search: BeamSearch) async throws(APIError) -> TextEvent {
        do {
            return try await search.run()
        } catch {
            throw APIError(error, maxModelLength: maxModelLength)
        }
    }
}

/// Where the text of a prompt's choices comes from.
package enum TextSource: Sendable {
    /// Sampling, token by token.
    case stream(TextStream)
    /// A beam search, all at the end.
    case beams(BeamSearch)

    /// Ends it.
    package func abort() {
        switch self {
        case .stream(let stream): stream.abort()
        case .beams(let search): search.abort()
        }
    }

    fileprivate var stream: TextStream? { if case .stream(let stream) = self { stream } else { nil } }
}

/// The tokens a request has taken so far.
struct UsageCounter {
    private(set) var usage: Usage
    private var cachedByPrompt: [Int: Int] = [:]
    private let reportsDetails: Bool
    private let isSingle: Bool
    private var firstAge: Duration?
    private var lastAge = Duration.zero
    private var queueTime = Duration.zero

    /// - Parameters:
    ///   - run: whose prompts are counted.
    ///   - reportsDetails: whether usage says where prompt tokens came from.
    ///   - createdCacheTokens: what that says of new cache entries: 0 in chats, nothing in completions.
    init(run: GenerationRun, reportsDetails: Bool, createdCacheTokens: Int? = nil) {
        usage = Usage(promptTokens: run.prompts.reduce(0) { $0 + $1.tokens.count }, completionTokens: 0)
        if reportsDetails {
            usage.promptDetails = .init(cachedTokens: 0, createdCacheTokens: createdCacheTokens)
        }
        self.reportsDetails = reportsDetails
        isSingle = run.prompts.count == 1 && run.choiceCount == 1
    }

    /// How long it took; `nil` for several choices and for beam searches.
    var metrics: RequestMetrics? {
        guard isSingle, let firstAge else { return nil }
        return RequestMetrics(
            timeToFirstToken: firstAge,
            generationTime: lastAge - firstAge,
            queueTime: queueTime,
            tokenCount: usage.completionTokens
        )
    }

    /// Sets how many of the tokens were reasoning.
    mutating func countReasoning(_ count: Int) { usage.reasoningTokens = count }

    mutating func count(_ event: TextEvent, prompt: Int) {
        usage.completionTokens += event.outputs.reduce(0) { $0 + $1.tokens.count }
        if let age = event.age {
            firstAge = firstAge ?? age
            lastAge = age
            queueTime = event.queueTime
        }
        guard reportsDetails else { return }
        cachedByPrompt[prompt] = event.cachedTokenCount
        usage.promptDetails?.cachedTokens = cachedByPrompt.values.reduce(0, +)
    }
}
