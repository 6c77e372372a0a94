import MartletTensors
import MartletTokenizers

/// Chooses tokens from one row; choices that share it follow each other.
struct RowSampler {
    let scanner: any RowScanner
    /// Found for the first choice that asks for them.
    private var logprobs: RawLogprobs?

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
        if state.parameters.logprobs != nil, logprobs == nil { logprobs = RawLogprobs(row.span, scanner) }
        var edits = RowEdits()
        var isRaw = true
        for processor in Sampler.processors where Sampler.applies(processor, state, outputTokenCount: output.count) {
            processor.apply(to: &row, edits: &edits, state: state, output: output)
            isRaw = false
        }
        let choice: Result<Int, SamplingError>
        do throws(SamplingError) {
            choice = .success(try choose(state, position: output.count, row.span, isRaw: isRaw))
        } catch {
            choice = .failure(error)
        }
        edits.undo(&row)
        return choice.map { token in
            var generated = GeneratedToken(id: TokenID(rawValue: Int32(token)))
            if let wanted = state.parameters.logprobs, let logprobs {
                generated.logprobs = logprobs.report(
                    token,
                    row.span,
                    topCount: wanted,
                    tokenIDs: state.parameters.logprobTokenIDs,
                    scanner
                )
            }
            return generated
        }
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
