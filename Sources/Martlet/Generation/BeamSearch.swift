package import MartletEngine
package import MartletTokenizers
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Beam search over the engine, as vLLM does it: each step every beam is a request for one token with twice as many
/// likeliest tokens as there are beams, and the best continuations of all beams are the next ones.
///
/// The prefix cache holds what the beams share.
package final class BeamSearch: Sendable {
    private struct Beam {
        var tokens: [GeneratedToken] = []
        var logprob: Double = 0
        var isComplete = false
    }

    private struct State {
        var isAborted = false
        var running: [RequestID] = []
    }

    private let request: TextRequest
    private let lengthPenalty: Double
    private let engine: Engine
    private let tokenizer: Tokenizer
    private let state = Mutex(State())

    /// A search; it does nothing before `run()`.
    ///
    /// - Parameters:
    ///   - request: the prompt and what is wanted; as many beams as choices.
    ///   - lengthPenalty: the power of a beam's length that its log-probability is divided by.
    ///   - engine: computes the steps.
    ///   - tokenizer: makes text of tokens.
    package init(request: TextRequest, lengthPenalty: Double, engine: Engine, tokenizer: Tokenizer) {
        self.request = request
        self.lengthPenalty = lengthPenalty
        self.engine = engine
        self.tokenizer = tokenizer
    }

    /// Ends the search; what runs of it ends with `abort`.
    package func abort() {
        let running = state.withLock { state in
            state.isAborted = true
            return state.running
        }
        for id in running { engine.abort(id) }
    }

    /// Searches.
    ///
    /// - Returns: one event with all choices, the best first.
    /// - Throws: `EngineError` where the engine refuses a step.
    package func run() async throws(EngineError) -> TextEvent {
        let width = request.generation.choiceCount
        let parameters = request.generation.parameters
        var beams = [Beam()]
        var complete: [Beam] = []
        var reason = FinishReason.length
        for step in 0..<parameters.maxTokens {
            guard let results = try await next(beams, step: step) else {
                reason = .abort
                break
            }
            var candidates: [Beam] = []
            for (beam, logprobs) in zip(beams, results) {
                for entry in logprobs.top.prefix(2 * width) {
                    var longer = beam
                    longer.logprob += Double(entry.logprob)
                    let isEnd = request.generation.eosTokenIDs.contains(entry.id) && !parameters.ignoreEOS
                    longer.isComplete = isEnd
                    if !isEnd || request.includesStop { longer.tokens.append(token(entry, logprobs)) }
                    if isEnd { complete.append(longer) } else { candidates.append(longer) }
                }
            }
            beams = best(candidates, count: width)
            if beams.isEmpty { break }
        }
        let outputs = best(complete + beams, count: width).enumerated().map { choice, beam in
            TextOutput(
                choice: choice,
                text: tokenizer.decode(beam.tokens.map(\.id), skipSpecialTokens: request.skipsSpecialTokens),
                tokens: beam.tokens,
                finishReason: beam.isComplete ? .stop : reason
            )
        }
        return TextEvent(outputs: outputs, cachedTokenCount: 0)
    }

    /// The log-probabilities behind each beam; `nil` once the search was ended.
    private func next(_ beams: [Beam], step: Int) async throws(EngineError) -> [TokenLogprobs]? {
        let requests = beams.enumerated().map { index, beam in
            var single = request.generation
            single.id = RequestID("\(request.generation.id)-\(step)-\(index)")
            single.promptTokenIDs += beam.tokens.map(\.id)
            single.choiceCount = 1
            single.parameters.maxTokens = 1
            single.parameters.minTokens = 0
            single.parameters.temperature = 0
            single.parameters.logprobsMode = .rawLogprobs
            single.parameters.logprobs = 2 * request.generation.choiceCount
            return single
        }
        let isAborted = state.withLock { state in
            state.running = state.isAborted ? [] : requests.map(\.id)
            return state.isAborted
        }
        if isAborted || Task.isCancelled { return nil }
        var results: [TokenLogprobs] = []
        for events in try engine.submit(requests) {
            var found: TokenLogprobs?
            for await event in events {
                for output in event.outputs { found = output.tokens.first?.logprobs ?? found }
            }
            guard let found else { return nil }
            results.append(found)
        }
        return results
    }

    private func token(_ entry: TokenLogprob, _ logprobs: TokenLogprobs) -> GeneratedToken {
        guard let wanted = request.generation.parameters.logprobs else { return GeneratedToken(id: entry.id) }
        let rank = (logprobs.top.firstIndex { $0.id == entry.id } ?? 0) + 1
        let top = Array(logprobs.top.prefix(max(0, wanted)))
        return GeneratedToken(id: entry.id, logprobs: TokenLogprobs(logprob: entry.logprob, rank: rank, top: top))
    }

    /// The best beams by log-probability over length; of equal ones the earlier.
    private func best(_ beams: [Beam], count: Int) -> [Beam] {
        let promptCount = request.generation.promptTokenIDs.count
        let scored = beams.enumerated().map { index, beam in
            (index: index, score: beam.logprob / pow(Double(promptCount + beam.tokens.count), lengthPenalty))
        }
        let order = scored.sorted { ($1.score, $0.index) < ($0.score, $1.index) }
        return order.prefix(count).map { beams[$0.index] }
    }
}
