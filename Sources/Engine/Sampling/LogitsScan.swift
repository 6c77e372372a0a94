/// The passes over a whole row of logits that sampling needs, in blocks of 128.
///
/// The maxima of the blocks let later passes skip all blocks without a token of interest. Weights are
/// `exp((logit − maximum) · inverseTemperature)`, computed in one way everywhere. Blocks are summed by eight lanes and
/// then in order, in double precision: sums depend on the row alone.
@safe
struct LogitsScan {
    /// Elements of a block; a multiple of eight.
    static let blockSize = 128
    private static let lanes = 8

    private let row: UnsafeBufferPointer<Float>
    /// The greatest element of each block; NaN counts as −∞.
    let blockMaxima: [Float]
    /// The greatest element; −∞ for none.
    let maximum: Float

    /// Finds the maxima; the row must stay where it is as long as this value is used.
    init(unsafeRow row: UnsafeBufferPointer<Float>) {
        unsafe self.row = row
        let count = row.count
        var maxima: [Float] = []
        maxima.reserveCapacity((count + Self.blockSize - 1) / Self.blockSize)
        var greatest = -Float.infinity
        for start in stride(from: 0, to: count, by: Self.blockSize) {
            let blockMaximum = unsafe Self.maximum(of: row, start, min(start + Self.blockSize, count))
            maxima.append(blockMaximum)
            greatest = blockMaximum > greatest ? blockMaximum : greatest
        }
        blockMaxima = maxima
        maximum = greatest
    }

    var count: Int { unsafe row.count }

    /// The lowest index of the greatest element.
    var argMax: Int {
        guard let block = blockMaxima.firstIndex(of: maximum) else { return 0 }
        return range(ofBlock: block).first { unsafe row[$0] == maximum } ?? 0
    }

    /// The element at an index.
    subscript(index: Int) -> Float { unsafe row[index] }

    /// Calls `body` with each element at or above the threshold, in order of the indices.
    @inline(__always)
    func forEach(atLeast threshold: Float, _ body: (Int, Float) -> Void) {
        for (block, blockMaximum) in blockMaxima.enumerated() where blockMaximum >= threshold {
            for index in range(ofBlock: block) {
                let value = unsafe row[index]
                if value >= threshold { body(index, value) }
            }
        }
    }

    /// Calls `body` with each element of a range and its weight, in order of the indices, as long as it returns true.
    @inline(__always)
    func forEachWeight(
        in logits: ClosedRange<Float>,
        inverseTemperature: Float,
        _ body: (Int, Float, Float) -> Bool
    ) {
        for (block, blockMaximum) in blockMaxima.enumerated() where blockMaximum >= logits.lowerBound {
            for index in range(ofBlock: block) {
                let value = unsafe row[index]
                guard value >= logits.lowerBound, value <= logits.upperBound else { continue }
                let weight = exponential((value - maximum) * inverseTemperature)
                guard body(index, value, weight) else { return }
            }
        }
    }

    /// The sum of the kept weights of each block.
    func blockSums(_ cut: Cut, inverseTemperature: Float) -> [Double] {
        blockMaxima.indices.map { block in
            // NaN is in no maximum but has to show in the sum of all
            guard blockMaxima[block] >= cut.logit || cut == .all else { return 0 }
            var sums = SIMD8<Float>.zero
            let end = range(ofBlock: block).upperBound
            for start in stride(from: block * Self.blockSize, to: end, by: Self.lanes) {
                sums += keptWeights(start, end, cut, inverseTemperature)
            }
            return Double(sums.sum())
        }
    }

    /// The index at which the running sum of a block's kept weights passes `target`; the last kept one where it does not.
    func index(inBlock block: Int, _ cut: Cut, inverseTemperature: Float, target: Double) -> Int {
        var sum = 0.0
        var last = block * Self.blockSize
        let end = range(ofBlock: block).upperBound
        for start in stride(from: block * Self.blockSize, to: end, by: Self.lanes) {
            let weights = keptWeights(start, end, cut, inverseTemperature)
            for lane in 0..<Self.lanes where weights[lane] > 0 {
                sum += Double(weights[lane])
                last = start + lane
                if sum > target { return last }
            }
        }
        return last
    }

    private func range(ofBlock block: Int) -> Range<Int> {
        block * Self.blockSize..<min((block + 1) * Self.blockSize, count)
    }

    @inline(__always)
    private func weights(_ values: SIMD8<Float>, _ inverseTemperature: Float) -> SIMD8<Float> {
        exponential((values - maximum) * inverseTemperature)
    }

    /// Eight weights from an index on; 0 for what is cut.
    @inline(__always)
    private func keptWeights(_ start: Int, _ end: Int, _ cut: Cut, _ inverseTemperature: Float) -> SIMD8<Float> {
        let values = load(start, end)
        // NaN is below nothing: it shows in the sum
        let isCut = values .< threshold(start, cut)
        return weights(values, inverseTemperature).replacing(with: 0, where: isCut)
    }

    /// The least logits that are kept at eight places: up to the cut's index its own, behind it the next greater number.
    @inline(__always)
    private func threshold(_ start: Int, _ cut: Cut) -> SIMD8<Float> {
        if start + Self.lanes <= cut.index { return SIMD8(repeating: cut.logit) }
        var threshold = SIMD8<Float>(repeating: cut.logit.nextUp)
        if start <= cut.index {
            for lane in 0...(cut.index - start) { threshold[lane] = cut.logit }
        }
        return threshold
    }

    /// Eight elements from an index on; −∞ beyond the end.
    @inline(__always)
    private func load(_ start: Int, _ end: Int) -> SIMD8<Float> {
        if start + Self.lanes <= end { return unsafe Self.load(row, start) }
        var values = SIMD8<Float>(repeating: -.infinity)
        for lane in 0..<(end - start) { values[lane] = unsafe row[start + lane] }
        return values
    }

    @inline(__always)
    private static func load(_ row: UnsafeBufferPointer<Float>, _ start: Int) -> SIMD8<Float> {
        unsafe UnsafeRawPointer(row.baseAddress.unsafelyUnwrapped + start).loadUnaligned(as: SIMD8<Float>.self)
    }

    @inline(__always)
    private static func maximum(of row: UnsafeBufferPointer<Float>, _ start: Int, _ end: Int) -> Float {
        var greatest = SIMD8<Float>(repeating: -.infinity)
        var index = start
        while index + lanes <= end {
            let values = unsafe load(row, index)
            greatest.replace(with: values, where: values .> greatest)
            index += lanes
        }
        var result = greatest.max()
        while index < end {
            let value = unsafe row[index]
            if value > result { result = value }
            index += 1
        }
        return result
    }
}
