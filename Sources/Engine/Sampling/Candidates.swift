import MartletTensors

/// A few elements of a row among which the exact place of a cut is found by partial selection.
struct Candidates {
    /// A key orders by value, then by the lower index: `key > other` comes first.
    private var keys: [UInt64] = []

    /// All of some values, by place.
    init(values: [Float]) { keys = values.enumerated().map { Self.key($0.offset, $0.element) } }

    /// The elements of a row in a range; NaN counts as −∞.
    ///
    /// Blocks whose maximum is below the range are not read.
    init(in range: ClosedRange<Float>, _ row: Span<Float>, _ maxima: RowMaxima, blockSize: Int) {
        for (block, maximum) in maxima.blocks.enumerated() where maximum >= range.lowerBound {
            for index in block * blockSize..<min((block + 1) * blockSize, row.count) {
                let value = row[index].isNaN ? -.infinity : row[index]
                if range.contains(value) { keys.append(Self.key(index, value)) }
            }
        }
    }

    /// The cut that keeps the `wanted` first candidates, or all where there are fewer.
    consuming func cut(count wanted: Int) -> RowCut {
        guard !keys.isEmpty, wanted > 0 else { return .all }
        var items = keys.mutableSpan
        let place = min(wanted, items.count) - 1
        var low = 0
        var high = items.count
        while low < high {
            let pivot = Self.partition(&items, low, high)
            if pivot == place { break }
            if pivot > place { high = pivot } else { low = pivot + 1 }
        }
        return Self.cut(at: items[place])
    }

    /// All in order.
    consuming func sorted() -> [(index: Int, value: Float)] {
        keys.sort(by: >)
        return keys.map { key in
            let cut = Self.cut(at: key)
            return (cut.index, cut.value)
        }
    }

    private static func key(_ index: Int, _ value: Float) -> UInt64 {
        UInt64(value.orderedBits) << 32 | UInt64(~UInt32(truncatingIfNeeded: index))
    }

    private static func cut(at key: UInt64) -> RowCut {
        RowCut(
            value: Float(orderedBits: UInt32(truncatingIfNeeded: key >> 32)),
            index: Int(~UInt32(truncatingIfNeeded: key))
        )
    }

    /// Moves the keys above the median of three to the front; returns the median's place.
    private static func partition(_ items: inout MutableSpan<UInt64>, _ low: Int, _ high: Int) -> Int {
        let middle = low + (high - low) / 2
        let last = high - 1
        let (first, second, third) = (items[low], items[middle], items[last])
        let median = max(min(first, second), min(max(first, second), third))
        items.swapAt(median == first ? low : median == second ? middle : last, last)
        var place = low
        for index in low..<last where items[index] > median {
            items.swapAt(index, place)
            place += 1
        }
        items.swapAt(place, last)
        return place
    }
}

extension Float {
    /// A number that orders as the floats do, −0 as 0.
    var orderedBits: UInt32 {
        let bits = (self + 0).bitPattern
        return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    }

    /// The float of such a number.
    init(orderedBits: UInt32) {
        self.init(bitPattern: orderedBits & 0x8000_0000 == 0 ? ~orderedBits : orderedBits & 0x7fff_ffff)
    }
}
