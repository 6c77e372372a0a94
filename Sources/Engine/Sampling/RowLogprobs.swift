import MartletTensors
import MartletTokenizers

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Log-probabilities of a row as it is: its log-softmax.
struct RowLogprobs {
    /// The weights at temperature 1.
    let weights: RowWeights
    private let logSumExp: Float

    /// Those of a row, in one pass over it.
    init(_ row: Span<Float>, _ scanner: any RowScanner) {
        weights = scanner.weights(row, inverseTemperature: 1)
        let maxima = weights.maxima
        let sum = weights.sums.reduce(0) { $0 + Double($1) }
        logSumExp = maxima.greatest.isFinite ? Float(Double(maxima.greatest) + log(sum)) : maxima.greatest
    }

    /// What is reported of a token.
    ///
    /// - Parameters:
    ///   - token: its id.
    ///   - row: the same row.
    ///   - mode: whether log-probabilities or the row's own values are reported.
    ///   - topCount: how many of the likeliest are reported; −1 for all.
    ///   - tokenIDs: the tokens reported in place of the likeliest.
    ///   - scanner: reads the row.
    /// - Returns: log-probability, rank from 1, the likeliest tokens in order.
    func report(
        _ token: Int,
        _ row: Span<Float>,
        _ mode: LogprobsMode,
        topCount: Int,
        tokenIDs: [TokenID]? = nil,
        _ scanner: any RowScanner
    ) -> TokenLogprobs {
        let value = row[token]
        let offset = mode.isLogits ? 0 : logSumExp
        let rank = scanner.keptCount(row, RowCut(value: value, index: token), weights.maxima)
        if let tokenIDs {
            let top = tokenIDs.map { TokenLogprob(id: $0, logprob: row[Int($0.rawValue)] - offset) }
            return TokenLogprobs(logprob: value - offset, rank: max(1, rank), top: top)
        }
        let count = topCount < 0 ? row.count : min(topCount, row.count)
        let top = likeliest(count, row, scanner).map {
            TokenLogprob(id: TokenID(rawValue: Int32($0.index)), logprob: $0.value - offset)
        }
        return TokenLogprobs(logprob: value - offset, rank: max(1, rank), top: top)
    }

    /// The greatest elements, greatest first; NaN counts as −∞.
    private func likeliest(
        _ count: Int,
        _ row: Span<Float>,
        _ scanner: any RowScanner
    ) -> ArraySlice<(index: Int, value: Float)> {
        guard count > 0 else { return [] }
        let maxima = weights.maxima
        let bound =
            count <= maxima.blocks.count ? Candidates(values: maxima.blocks).cut(count: count).value : -.infinity
        let candidates = Candidates(in: bound...Float.infinity, row, maxima, blockSize: scanner.blockSize)
        return candidates.sorted().prefix(count)
    }
}
