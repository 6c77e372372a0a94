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
    private let streams: [TextStream]

    /// Starts every prompt; when one is refused, those already started are aborted.
    package init(prompts: [Prompt], requests: [TextRequest], service: ModelService) throws(APIError) {
        self.prompts = prompts
        choiceCount = requests.first?.generation.choiceCount ?? 1
        var streams: [TextStream] = []
        for request in requests {
            do {
                streams.append(try service.start(request))
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

    /// Hands all events that are ready to `body`, each with the number of its prompt, until every choice has ended.
    package func forEachBatch(_ body: ([(prompt: Int, event: TextEvent)]) async throws -> Void) async throws {
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

/// The tokens a request has taken so far.
struct UsageCounter {
    private(set) var usage: Usage
    private var cachedByPrompt: [Int: Int] = [:]
    private let reportsDetails: Bool

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
    }

    /// Sets how many of the tokens were reasoning.
    mutating func countReasoning(_ count: Int) { usage.reasoningTokens = count }

    mutating func count(_ event: TextEvent, prompt: Int) {
        usage.completionTokens += event.outputs.reduce(0) { $0 + $1.tokens.count }
        guard reportsDetails else { return }
        cachedByPrompt[prompt] = event.cachedTokenCount
        usage.promptDetails?.cachedTokens = cachedByPrompt.values.reduce(0, +)
    }
}
