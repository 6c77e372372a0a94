/// A set of Unicode scalars as ascending ranges that neither touch nor overlap.
package struct ScalarRanges: Sendable, Hashable {
    /// The ranges in order.
    package private(set) var ranges: [ClosedRange<UInt32>] = []

    /// The largest scalar.
    package static let maximum: UInt32 = 0x10FFFF

    /// Every scalar.
    package static let all = ScalarRanges([0...maximum])

    /// The set that these ranges cover, in any order.
    package init(_ unordered: [ClosedRange<UInt32>]) {
        for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) { append(range) }
    }

    /// One scalar.
    package init(_ scalar: UInt32) { ranges = [scalar...scalar] }

    /// The ranges of a generated table: per range the step from the end of the one before, and the length less one; base 36.
    init(_ table: some StringProtocol) {
        var last: UInt32 = 0
        for entry in table.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
            let parts = entry.split(separator: UInt8(ascii: ":"))
            let start = last + Self.number(parts.first ?? entry)
            last = start + (parts.count > 1 ? Self.number(parts[1]) : 0)
            append(start...last)
        }
    }

    private static func number(_ digits: some Sequence<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 * 36 + UInt32(base36Value($1) ?? 0) }
    }

    /// Adds a range that begins no earlier than the others.
    private mutating func append(_ range: ClosedRange<UInt32>) {
        if let last = ranges.last, range.lowerBound <= last.upperBound &+ 1 {
            ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        } else {
            ranges.append(range)
        }
    }

    /// Whether there is no scalar in the set.
    package var isEmpty: Bool { ranges.isEmpty }

    /// The scalars that are not in the set.
    package var inverted: ScalarRanges {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.maximum { result.append(next...Self.maximum) }
        return ScalarRanges(result)
    }

    /// The scalars of both sets together.
    package func union(_ other: ScalarRanges) -> ScalarRanges { ScalarRanges(ranges + other.ranges) }

    /// The scalars that are in this set and not in the other.
    package func subtracting(_ other: ScalarRanges) -> ScalarRanges { inverted.union(other).inverted }

    /// Whether the scalar is in the set.
    ///
    /// - Complexity: O(log ranges).
    package func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].lowerBound <= scalar { low = middle + 1 } else { high = middle }
        }
        return low > 0 && scalar <= ranges[low - 1].upperBound
    }
}
