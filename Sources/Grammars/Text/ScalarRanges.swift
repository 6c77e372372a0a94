/// A set of Unicode scalars as ascending ranges that neither touch nor overlap.
struct ScalarRanges: Sendable, Hashable {
    /// The ranges in order.
    private(set) var ranges: [ClosedRange<UInt32>]

    /// The largest scalar.
    static let maximum: UInt32 = 0x10FFFF

    /// Every scalar.
    static let all = ScalarRanges([0...maximum])

    /// The set that these ranges cover, in any order.
    init(_ unordered: [ClosedRange<UInt32>]) {
        ranges = []
        for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, range.lowerBound <= last.upperBound &+ 1 {
                ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
    }

    /// One scalar.
    init(_ scalar: UInt32) { ranges = [scalar...scalar] }

    /// Whether there is no scalar in the set.
    var isEmpty: Bool { ranges.isEmpty }

    /// The scalars that are not in the set.
    var inverted: ScalarRanges {
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
    func union(_ other: ScalarRanges) -> ScalarRanges { ScalarRanges(ranges + other.ranges) }

    /// The scalars that are in this set and not in the other.
    func subtracting(_ other: ScalarRanges) -> ScalarRanges { inverted.union(other).inverted }

    /// Whether the scalar is in the set.
    func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } }
}
