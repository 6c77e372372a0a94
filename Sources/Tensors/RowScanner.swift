/// Passes over a row of logits in host memory: what choosing tokens needs of the processor.
///
/// Rows are looked at in blocks of `blockSize`, whose maxima let later passes skip all blocks without an element of
/// interest. The weight of an element is `exp((element − maximum) · inverseTemperature)`. Every result depends on the row
/// alone, not on threads. Several threads may call one scanner.
package protocol RowScanner: Sendable {
    /// The elements of a block; the last one of a row may have fewer.
    var blockSize: Int { get }

    /// The index of the greatest element, of equal ones the first; NaN counts as −∞. 0 where nothing is above −∞.
    func argMax(_ row: Span<Float>) -> Int

    /// The maxima of the blocks.
    func maxima(_ row: Span<Float>) -> RowMaxima

    /// The maxima of the blocks and the sum of the weights of each, in one pass over memory.
    ///
    /// NaN shows in the sum of its block.
    func weights(_ row: Span<Float>, inverseTemperature: Float) -> RowWeights

    /// Sets `sums[b]` to the sum of the kept weights of each block `b` of a range.
    ///
    /// Blocks whose maximum is below the cut are 0 and not read.
    func keptWeights(_ row: Span<Float>, _ scan: RowScan, blocks: Range<Int>, into sums: inout [Float])

    /// The kept weights of one block, 0 for what is cut.
    func keptWeights(_ row: Span<Float>, _ scan: RowScan, block: Int) -> [Float]

    /// How many elements the cut keeps.
    func keptCount(_ row: Span<Float>, _ cut: RowCut, _ maxima: RowMaxima) -> Int
}

/// The maxima of a row of logits.
package struct RowMaxima: Sendable, Equatable {
    /// The greatest element of each block; NaN counts as −∞.
    package var blocks: [Float]
    /// The greatest of the row; −∞ for none.
    package var greatest: Float

    /// Maxima.
    package init(blocks: [Float], greatest: Float) {
        self.blocks = blocks
        self.greatest = greatest
    }
}

/// What the blocks of a row weigh.
package struct RowWeights: Sendable, Equatable {
    /// The maxima that the weights are relative to.
    package var maxima: RowMaxima
    /// The sum of each block's weights.
    package var sums: [Float]

    /// Weights.
    package init(maxima: RowMaxima, sums: [Float]) {
        self.maxima = maxima
        self.sums = sums
    }
}

/// How the kept part of a row is weighed.
package struct RowScan: Sendable {
    /// The row's maxima.
    package var maxima: RowMaxima
    /// What is kept.
    package var cut: RowCut
    /// Positive.
    package var inverseTemperature: Float

    /// A scan.
    package init(maxima: RowMaxima, cut: RowCut, inverseTemperature: Float) {
        self.maxima = maxima
        self.cut = cut
        self.inverseTemperature = inverseTemperature
    }
}

/// Which elements of a row are kept: the greatest down to one of them.
///
/// Elements are ordered by value, equal ones by the lower index. All filters keep the start of this order, so the
/// strictest of several cuts is what they keep together.
package struct RowCut: Sendable, Equatable {
    /// The value of the last element kept.
    package let value: Float
    /// Its index; of the elements with the same value those up to it are kept.
    package let index: Int

    /// A cut.
    package init(value: Float, index: Int) {
        self.value = value
        self.index = index
    }

    /// Keeps every element above −∞.
    package static var all: RowCut { RowCut(value: -.greatestFiniteMagnitude, index: .max) }

    /// Keeps what comes before an element.
    package static func before(value: Float, index: Int) -> RowCut {
        index > 0 ? RowCut(value: value, index: index - 1) : RowCut(value: value.nextUp, index: .max)
    }

    /// Whether an element is kept.
    package func keeps(_ value: Float, _ index: Int) -> Bool {
        value > self.value || (value == self.value && index <= self.index)
    }

    /// The cut that keeps fewer.
    package func stricter(_ other: RowCut) -> RowCut {
        other.value > value || (other.value == value && other.index < index) ? other : self
    }
}
