/// Observations counted by size.
package struct Histogram: Sendable, Hashable {
    /// The inclusive upper bounds of the buckets, ascending; a last one without bound follows.
    package let bounds: [Double]
    /// Observations of each bucket, not accumulated; one more than there are bounds.
    package private(set) var counts: [Int]
    /// All observations added up.
    package private(set) var sum: Double = 0

    /// Empty.
    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// The number of observations.
    package var count: Int { counts.reduce(0, +) }

    /// Counts a value.
    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Counts a duration in seconds.
    package mutating func observe(_ duration: Duration) { observe(duration / .seconds(1)) }

    /// 1, 2, 5, 10, 20, 50, … up to a greatest value.
    package static func oneTwoFive(upTo greatest: Int) -> [Double] {
        var bounds: [Double] = []
        var power = 1
        while power <= greatest {
            for factor in [1, 2, 5] where factor * power <= greatest { bounds.append(Double(factor * power)) }
            let (next, isTooLarge) = power.multipliedReportingOverflow(by: 10)
            if isTooLarge { break }
            power = next
        }
        return bounds
    }
}
