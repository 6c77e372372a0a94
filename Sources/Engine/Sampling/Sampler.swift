package import MartletTensors
import MartletTokenizers

/// Chooses tokens from rows of logits.
///
/// For each choice that gets a token:
///
/// 1. Raw log-probabilities, where asked for: log-softmax of the row as the model computed it.
/// 2. Only the allowed tokens.
/// 3. No token that would complete a bad word.
/// 4. No end or stop token before the least length.
/// 5. Biases are added.
/// 6. Penalties: repetition, then frequency and presence.
/// 7. A greedy choice takes the greatest logit, of equal ones the lowest id, and is done.
/// 8. Temperature.
/// 9. min-p, 10. top-k, 11. top-p.
/// 12. A draw, keyed by seed and place in the completion: it does not depend on the schedule.
///
/// Steps 2–6 are `processors`; they work on a copy of the row, so that choices may share it. Steps 8–12 are
/// `TokenDistribution`. Only the engine's thread uses a sampler.
package struct Sampler {
    /// Steps 2–6 in their order, which is their meaning.
    static let processors: [any LogitsProcessor] = [
        AllowedTokens(), BadWords(), MinTokens(), LogitBias(), Penalties(),
    ]

    private let backend: any Backend
    private let vocabularySize: Int
    /// The processed row.
    private var scratch: [Float] = []

    /// A sampler for rows of a backend.
    package init(backend: any Backend, vocabularySize: Int) {
        self.backend = backend
        self.vocabularySize = vocabularySize
    }

    /// One token per sample of the step, in their order.
    ///
    /// - Parameters:
    ///   - samples: which row is for whom.
    ///   - logits: `[rows, vocabularySize]`, float32; not changed.
    /// - Returns: tokens, or why there is none for a choice.
    mutating func sample(
        _ samples: [SchedulerOutput.Sample],
        logits: Tensor
    ) -> [Result<GeneratedToken, SamplingError>] {
        guard !samples.isEmpty else { return [] }
        let isPlainGreedy = samples.allSatisfy {
            Self.isPlainGreedy($0.sequence.sampling, outputTokenCount: $0.sequence.outputTokenCount)
        }
        if isPlainGreedy {
            let greatest = backend.argMax(logits)
            return samples.map { .success(GeneratedToken(id: TokenID(rawValue: greatest[$0.logitsRow]))) }
        }
        return samples.map { sample in
            let sequence = sample.sequence
            do throws(SamplingError) {
                return .success(
                    try self.sample(
                        sequence.sampling,
                        output: sequence.outputTokenIDs,
                        logits: logits,
                        row: sample.logitsRow
                    )
                )
            } catch {
                return .failure(error)
            }
        }
    }

    /// A token from one row.
    ///
    /// - Parameters:
    ///   - state: the choice's parameters and counts.
    ///   - output: the completion so far.
    ///   - logits: `[rows, vocabularySize]`, float32; not changed.
    ///   - row: the row.
    /// - Returns: the token, with log-probabilities where the parameters ask for them.
    /// - Throws: `SamplingError` when there is none to choose.
    package mutating func sample(
        _ state: SamplingState,
        output: ArraySlice<Int32>,
        logits: Tensor,
        row: Int
    ) throws(SamplingError) -> GeneratedToken {
        if Self.isPlainGreedy(state, outputTokenCount: output.count) {
            return GeneratedToken(id: TokenID(rawValue: backend.argMax(logits.rows(row..<row + 1))[0]))
        }
        let raw = rawLogprobs(state, logits: logits, row: row)
        let backend = backend
        let chosen = backend.withHostRow(logits, row: row) { span in
            unsafe span.span.withUnsafeBufferPointer { rowElements in
                unsafe choose(state, output: output, rawRow: rowElements, wantsRank: raw != nil)
            }
        }
        let choice = try chosen.get()
        let id = TokenID(rawValue: choice.tokenID)
        guard let raw else { return GeneratedToken(id: id) }
        let logprobs = TokenLogprobs(logprob: choice.rawLogit - raw.logSumExp, rank: choice.rank, top: raw.top)
        return GeneratedToken(id: id, logprobs: logprobs)
    }

    private struct Choice {
        let tokenID: Int32
        let rawLogit: Float
        let rank: Int
    }

    private mutating func choose(
        _ state: SamplingState,
        output: ArraySlice<Int32>,
        rawRow: UnsafeBufferPointer<Float>,
        wantsRank: Bool
    ) -> Result<Choice, SamplingError> {
        let isProcessed = Self.processors.contains { Self.applies($0, state, outputTokenCount: output.count) }
        if isProcessed { unsafe process(state, output: output, rawRow: rawRow) }
        let tokenID: Int32
        do throws(SamplingError) {
            tokenID =
                if isProcessed {
                    try unsafe scratch.withUnsafeBufferPointer { row throws(SamplingError) in
                        try unsafe Self.draw(LogitsScan(unsafeRow: row), state, position: output.count)
                    }
                } else {
                    try unsafe Self.draw(LogitsScan(unsafeRow: rawRow), state, position: output.count)
                }
        } catch {
            return .failure(error)
        }
        let rawLogit = unsafe rawRow[Int(tokenID)]
        let rank = wantsRank ? unsafe Self.rank(of: Int(tokenID), in: LogitsScan(unsafeRow: rawRow)) : 0
        return .success(Choice(tokenID: tokenID, rawLogit: rawLogit, rank: rank))
    }

    private mutating func process(
        _ state: SamplingState,
        output: ArraySlice<Int32>,
        rawRow: UnsafeBufferPointer<Float>
    ) {
        scratch.removeAll(keepingCapacity: true)
        unsafe scratch.append(contentsOf: rawRow)
        var span = scratch.mutableSpan
        for processor in Self.processors where Self.applies(processor, state, outputTokenCount: output.count) {
            processor.apply(to: &span, state: state, output: output)
        }
    }

    private func rawLogprobs(
        _ state: SamplingState,
        logits: Tensor,
        row: Int
    ) -> (logSumExp: Float, top: [TokenLogprob])? {
        guard let wanted = state.parameters.logprobs else { return nil }
        let logSumExp = backend.logSumExp(logits.rows(row..<row + 1))[0]
        let count = wanted < 0 ? vocabularySize : min(wanted, vocabularySize)
        guard count > 0 else { return (logSumExp, []) }
        let top = backend.topK(logits, row: row, count: count)
        return (logSumExp, top.map { TokenLogprob(id: TokenID(rawValue: $0.index), logprob: $0.value - logSumExp) })
    }

    private static func draw(
        _ scan: LogitsScan,
        _ state: SamplingState,
        position: Int
    ) throws(SamplingError) -> Int32 {
        guard let temperature = state.temperature else {
            guard scan.maximum > -.infinity else { throw .noTokenLeft }
            return Int32(scan.argMax)
        }
        let distribution = TokenDistribution(scan, temperature: temperature, parameters: state.parameters)
        return try distribution.draw(uniform: CounterRandom.uniform(key: state.seed, counter: position))
    }

    private static func rank(of index: Int, in scan: LogitsScan) -> Int {
        let value = scan[index]
        var rank = 1
        scan.forEach(atLeast: value) { other, logit in
            if logit > value || other < index { rank += 1 }
        }
        return rank
    }

    private static func applies(
        _ processor: any LogitsProcessor,
        _ state: borrowing SamplingState,
        outputTokenCount: Int
    ) -> Bool {
        processor.isActive(state, outputTokenCount: outputTokenCount)
            && !(state.temperature == nil && processor.isArgmaxInvariant)
    }

    /// Whether the greatest raw logit is the answer.
    private static func isPlainGreedy(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool {
        guard state.temperature == nil, state.parameters.logprobs == nil else { return false }
        for processor in processors where applies(processor, state, outputTokenCount: outputTokenCount) {
            return false
        }
        return true
    }
}
