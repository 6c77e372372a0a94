/// A set of code points: bits for ASCII, Unicode classes and ranges for the rest.
struct ScalarSet: Sendable, Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var classes: UInt64 = 0
    private var ranges: [ClosedRange<UInt32>] = []
    private var invertsRest = false

    /// So many ranges are looked through one by one.
    private static let fewRanges = 6

    /// No code points.
    init() {}

    /// The code points of these classes.
    init(classes: UInt64) {
        self.classes = classes
        for scalar in 0..<UInt32(128) where ScalarClasses.shared.bit(scalar) & classes != 0 { insertASCII(scalar) }
    }

    /// One code point.
    init(_ scalar: UInt32) {
        self.init(ranges: [scalar...scalar])
    }

    /// The code points of ranges in any order.
    init(ranges: [ClosedRange<UInt32>]) {
        self.ranges = Self.united(ranges)
        let ascii = self.ranges.prefix { $0.lowerBound < 128 }
        for range in ascii {
            for scalar in range.lowerBound...min(range.upperBound, 127) { insertASCII(scalar) }
        }
        self.ranges.removeFirst(ascii.count)
        if let last = ascii.last, last.upperBound >= 128 { self.ranges.insert(128...last.upperBound, at: 0) }
    }

    /// Whether the code point is in the set.
    @inline(__always)
    func contains(_ scalar: UInt32, _ table: ScalarClasses) -> Bool {
        if scalar < 64 { return low >> UInt64(scalar) & 1 != 0 }
        if scalar < 128 { return high >> UInt64(scalar - 64) & 1 != 0 }
        if classes & table.bit(scalar) != 0 { return !invertsRest }
        if ranges.isEmpty { return invertsRest }
        return rangesContain(scalar) != invertsRest
    }

    private func rangesContain(_ scalar: UInt32) -> Bool {
        if ranges.count <= Self.fewRanges { return ranges.contains { $0.contains(scalar) } }
        var lower = 0
        var upper = ranges.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if ranges[middle].lowerBound <= scalar { lower = middle + 1 } else { upper = middle }
        }
        return lower > 0 && scalar <= ranges[lower - 1].upperBound
    }

    private mutating func insertASCII(_ scalar: UInt32) {
        if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
    }
}

// MARK: - Combining sets

extension ScalarSet {
    private static let last: UInt32 = 0x10FFFF

    /// Adds the code points of a set.
    mutating func formUnion(_ other: ScalarSet) {
        if invertsRest || other.invertsRest {
            self = ScalarSet(ranges: allRanges + other.allRanges)
            return
        }
        low |= other.low
        high |= other.high
        classes |= other.classes
        if !other.ranges.isEmpty { ranges = Self.united(ranges + other.ranges) }
    }

    /// Leaves the code points that another set has too.
    mutating func formIntersection(_ other: ScalarSet) {
        let ranges = Self.inverted(Self.united(Self.inverted(allRanges) + Self.inverted(other.allRanges)))
        self = ScalarSet(ranges: ranges)
    }

    /// Makes the set hold what it did not.
    mutating func invert() {
        low = ~low
        high = ~high
        invertsRest.toggle()
    }

    /// The code points of the set as ranges in order.
    var allRanges: [ClosedRange<UInt32>] {
        var rest = ranges + ScalarClasses.shared.ranges(of: classes)
        rest = Self.united(rest.compactMap { $0.upperBound < 128 ? nil : max($0.lowerBound, 128)...$0.upperBound })
        if invertsRest {
            rest = Self.inverted(rest).compactMap {
                $0.upperBound < 128 ? nil : max($0.lowerBound, 128)...$0.upperBound
            }
        }
        let table = ScalarClasses.shared
        let ascii = (0..<UInt32(128)).filter { contains($0, table) }.map { $0...$0 }
        return Self.united(ascii + rest)
    }

    /// Ranges in order, of which none touch.
    private static func united(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = result.last, range.lowerBound <= previous.upperBound + 1 {
                let end = max(previous.upperBound, range.upperBound)
                result[result.count - 1] = previous.lowerBound...end
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// What lies between ranges that are in order and apart.
    private static func inverted(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if next < range.lowerBound { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= last { result.append(next...last) }
        return result
    }
}
