/// The passes over a whole row of logits that sampling needs, in blocks of 128.
///
/// The maxima of the blocks let later passes skip all blocks without a candidate. Blocks are summed by eight lanes and
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
        var maxima: [Float] = []
        maxima.reserveCapacity((row.count + Self.blockSize - 1) / Self.blockSize)
        var greatest = -Float.infinity
        let count = row.count
        for start in stride(from: 0, to: count, by: Self.blockSize) {
            let end = min(start + Self.blockSize, count)
            let blockMaximum = unsafe Self.maximum(of: row, start, end)
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
        let start = block * Self.blockSize
        let indices = start..<min(start + Self.blockSize, count)
        return indices.first { unsafe row[$0] == maximum } ?? start
    }

    /// The element at an index.
    subscript(index: Int) -> Float { unsafe row[index] }

    /// Calls `body` with each element at or above the threshold, in order of the indices.
    @inline(__always)
    func forEach(atLeast threshold: Float, _ body: (Int, Float) -> Void) {
        for (block, blockMaximum) in blockMaxima.enumerated() where blockMaximum >= threshold {
            let start = block * Self.blockSize
            for index in start..<min(start + Self.blockSize, count) {
                let value = unsafe row[index]
                if value >= threshold { body(index, value) }
            }
        }
    }

    /// `Σ exp((element − maximum) · inverseTemperature)` over each block.
    func blockSums(inverseTemperature: Float) -> [Double] {
        blockMaxima.indices.map { block in
            var sums = SIMD8<Float>.zero
            forEachLanes(ofBlock: block, inverseTemperature) { _, weights in sums += weights }
            return Double(sums.sum())
        }
    }

    /// The index at which the running sum of a block's weights passes `target`; the last of weight where it never does.
    func index(inBlock block: Int, inverseTemperature: Float, target: Double) -> Int {
        var sum = 0.0
        var found: Int?
        var last = block * Self.blockSize
        forEachLanes(ofBlock: block, inverseTemperature) { start, weights in
            guard found == nil else { return }
            for lane in 0..<Self.lanes where weights[lane] > 0 {
                sum += Double(weights[lane])
                last = start + lane
                if sum > target {
                    found = last
                    return
                }
            }
        }
        return found ?? last
    }

    /// Weights of eight elements at a time; those beyond the row are 0.
    @inline(__always)
    private func forEachLanes(
        ofBlock block: Int,
        _ inverseTemperature: Float,
        _ body: (Int, SIMD8<Float>) -> Void
    ) {
        let start = block * Self.blockSize
        let end = min(start + Self.blockSize, count)
        var index = start
        while index + Self.lanes <= end {
            let values = unsafe UnsafeRawPointer(row.baseAddress.unsafelyUnwrapped + index)
                .loadUnaligned(as: SIMD8<Float>.self)
            body(index, exponential((values - maximum) * inverseTemperature))
            index += Self.lanes
        }
        guard index < end else { return }
        var values = SIMD8<Float>(repeating: -.infinity)
        for lane in 0..<(end - index) { values[lane] = unsafe row[index + lane] }
        body(index, exponential((values - maximum) * inverseTemperature))
    }

    @inline(__always)
    private static func maximum(of row: UnsafeBufferPointer<Float>, _ start: Int, _ end: Int) -> Float {
        var greatest = SIMD8<Float>(repeating: -.infinity)
        var index = start
        while index + lanes <= end {
            let values = unsafe UnsafeRawPointer(row.baseAddress.unsafelyUnwrapped + index)
                .loadUnaligned(as: SIMD8<Float>.self)
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
