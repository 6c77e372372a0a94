import MartletTensors
import MartletTokenizers

/// Chooses tokens from one row; choices that share it follow each other.
struct RowSampler {
    let scanner: any RowScanner
    /// Found for the first choice that asks for them.
    private var logprobs: RowLogprobs?

    init(scanner: any RowScanner) { self.scanner = scanner }

    /// Chooses a token for a choice.
    ///
    /// - Parameters:
    ///   - state: the choice's parameters and counts.
    ///   - output: the completion so far.
    ///   - row: the raw logits; changed and changed back.
    /// - Returns: the token, or why there is none.
    mutating func sample(
        _ state: SamplingState,
        output: ArraySlice<Int32>,
        _ row: inout MutableSpan<Float>
    ) -> Result<GeneratedToken, SamplingError> {
        let mode = state.parameters.logprobsMode
        if state.parameters.logprobs != nil, !mode.isProcessed, logprobs == nil {
            logprobs = RowLogprobs(row.span, scanner)
        }
        var edits = RowEdits()
        var isRaw = true
        for processor in Sampler.processors where Sampler.applies(processor, state, outputTokenCount: output.count) {
            processor.apply(to: &row, edits: &edits, state: state, output: output)
            isRaw = false
        }
        let choice: Result<GeneratedToken, SamplingError>
        do throws(SamplingError) {
            let token = try choose(state, position: output.count, row.span, isRaw: isRaw)
            var generated = GeneratedToken(id: TokenID(rawValue: Int32(token)))
            if state.parameters.logprobs != nil, mode.isProcessed {
                generated.logprobs = try processedLogprobs(of: token, state, row.span)
            }
            choice = .success(generated)
        } catch {
            choice = .failure(error)
        }
        edits.undo(&row)
        return choice.map { generated in
            guard state.parameters.logprobs != nil, let logprobs, !mode.isProcessed else { return generated }
            var generated = generated
            generated.logprobs = report(Int(generated.id.rawValue), state, row.span, logprobs)
            return generated
        }
    }

    /// What is reported of a token where sampling shows.
    private func processedLogprobs(
        of token: Int,
        _ state: SamplingState,
        _ row: Span<Float>
    ) throws(SamplingError) -> TokenLogprobs {
        guard let temperature = state.temperature else {
            return report(token, state, row, RowLogprobs(row, scanner))
        }
        let distribution = TokenDistribution(scanner, temperature: temperature, parameters: state.parameters)
        let values = try distribution.logits(row, keeping: token)
        return report(token, state, values.span, RowLogprobs(values.span, scanner))
    }

    private func report(
        _ token: Int,
        _ state: SamplingState,
        _ row: Span<Float>,
        _ logprobs: RowLogprobs
    ) -> TokenLogprobs {
        logprobs.report(
            token,
            row,
            state.parameters.logprobsMode,
            topCount: state.parameters.logprobs ?? 0,
            tokenIDs: state.parameters.logprobTokenIDs,
            scanner
        )
    }

    private func choose(
        _ state: SamplingState,
        position: Int,
        _ row: Span<Float>,
        isRaw: Bool
    ) throws(SamplingError) -> Int {
        guard let temperature = state.temperature else {
            let token = scanner.argMax(row)
            guard isRaw || row[token] > -.infinity else { throw .noTokenLeft }
            return token
        }
        let distribution = TokenDistribution(scanner, temperature: temperature, parameters: state.parameters)
        let weights = isRaw ? logprobs?.weights : nil
        return try distribution.draw(row, DrawNumbers(seed: state.seed, position: position), weights: weights)
    }
}
