import MartletTensors

/// Keeps the `k` likeliest tokens; of equal ones the lower ids.
enum TopK {
    /// So few that selecting among them costs less than another count.
    private static let selectionLimit = 4096

    /// The cut; keeps everything above −∞ where that is less.
    static func cut(_ topK: Int, _ row: Span<Float>, _ maxima: RowMaxima, _ scanner: any RowScanner) -> RowCut {
        // as many tokens as there are blocks with a maximum from the bound on are not below it
        guard topK > maxima.blocks.count else {
            let bound = Candidates(values: maxima.blocks).cut(count: topK).value
            let range = max(bound, RowCut.all.value)...maxima.greatest
            let candidates = Candidates(in: range, row, maxima, blockSize: scanner.blockSize)
            return candidates.cut(count: topK)
        }
        let (range, greaterCount) = narrowed(topK, row, maxima, scanner)
        return Candidates(in: range, row, maxima, blockSize: scanner.blockSize).cut(count: topK - greaterCount)
    }

    /// A range of values with the `k`-th greatest in it, found by halving, and how many elements lie above it.
    private static func narrowed(
        _ topK: Int,
        _ row: Span<Float>,
        _ maxima: RowMaxima,
        _ scanner: any RowScanner
    ) -> (range: ClosedRange<Float>, greaterCount: Int) {
        // `high` and all above are fewer than k; from `low` on they are at least k, or it is the least there is
        var low = RowCut.all.value.orderedBits
        var high = maxima.greatest.nextUp.orderedBits
        var lowCount = row.count
        var highCount = 0
        while high - low > 1, lowCount - highCount > selectionLimit {
            let middle = low + (high - low) / 2
            let count = scanner.keptCount(row, RowCut(value: Float(orderedBits: middle), index: .max), maxima)
            if count >= topK { (low, lowCount) = (middle, count) } else { (high, highCount) = (middle, count) }
        }
        return (Float(orderedBits: low)...Float(orderedBits: high - 1), highCount)
    }
}
