package import MartletTensors
import MartletTokenizers

/// Chooses tokens from rows of logits.
///
/// For each choice that gets a token:
///
/// 1. Raw log-probabilities, where asked for: log-softmax of the row as the model computed it. In the processed modes
///    they are of the row that the token is taken from, after step 6 or 11.
/// 2. Only what the grammar allows, of that only the allowed tokens; the end of thinking where its budget is spent.
/// 3. No token that would complete a bad word.
/// 4. No end or stop token before the least length.
/// 5. Biases are added.
/// 6. Penalties: repetition, then frequency and presence.
/// 7. A greedy choice takes the greatest logit, of equal ones the lowest id, and is done.
/// 8. Temperature.
/// 9. min-p, 10. top-k, 11. top-p.
/// 12. A draw, keyed by seed and place in the completion: it does not depend on the schedule.
///
/// Steps 2–6 are `processors`; they change the row and take it back, so that choices may share it. Steps 8–12 are
/// `TokenDistribution`. Rows are sampled on all threads of the backend. Only the engine's thread uses a sampler.
package struct Sampler {
    /// Steps 2–6 in their order, which is their meaning.
    static let processors: [any LogitsProcessor] = [
        GrammarMask(), AllowedTokens(), ThinkingLimit(), BadWords(), MinTokens(), LogitBias(), Penalties(),
    ]

    private let backend: any Backend
    private let scanner: any RowScanner

    /// A sampler for rows of a backend.
    package init(backend: any Backend) {
        self.backend = backend
        scanner = backend.rowScanner
    }

    /// One token per sample of the step, in their order.
    ///
    /// - Parameters:
    ///   - samples: which row is for whom; those of one row follow each other.
    ///   - logits: `[rows, vocabularySize]`, float32; changed and changed back.
    /// - Returns: tokens, or why there is none for a choice.
    func sample(
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
        let starts = samples.indices.filter { $0 == 0 || samples[$0].logitsRow != samples[$0 - 1].logitsRow }
        let tokens = backend.mapHostRows(logits, rows: starts.map { samples[$0].logitsRow }) { place, elements in
            let end = place + 1 < starts.count ? starts[place + 1] : samples.count
            var sampler = RowSampler(scanner: scanner)
            return samples[starts[place]..<end].map { sample in
                let sequence = sample.sequence
                return sampler.sample(sequence.sampling, output: sequence.outputTokenIDs, &elements)
            }
        }
        return Array(tokens.joined())
    }

    /// How likely the tokens of prompts are, in the order of the rows.
    func promptLogprobs(_ rows: [SchedulerOutput.PromptRow], logits: Tensor) -> [TokenLogprobs] {
        guard !rows.isEmpty else { return [] }
        return backend.mapHostRows(logits, rows: rows.map(\.logitsRow)) { place, elements in
            let logprobs = RowLogprobs(elements.span, scanner)
            let parameters = rows[place].request.submitted.parameters
            let wanted = parameters.promptLogprobs ?? 0
            let token = Int(rows[place].tokenID)
            return logprobs.report(token, elements.span, parameters.logprobsMode, topCount: wanted, scanner)
        }
    }

    /// A token from one row.
    ///
    /// - Parameters:
    ///   - state: the choice's parameters and counts.
    ///   - output: the completion so far.
    ///   - logits: `[rows, vocabularySize]`, float32; changed and changed back.
    ///   - row: the row.
    /// - Returns: the token, with log-probabilities where the parameters ask for them.
    /// - Throws: `SamplingError` when there is none to choose.
    package func sample(
        _ state: SamplingState,
        output: ArraySlice<Int32>,
        logits: Tensor,
        row: Int
    ) throws(SamplingError) -> GeneratedToken {
        let scanner = scanner
        let token = backend.withHostRow(logits, row: row) { elements in
            var sampler = RowSampler(scanner: scanner)
            return sampler.sample(state, output: output, &elements)
        }
        return try token.get()
    }

    static func applies(
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
