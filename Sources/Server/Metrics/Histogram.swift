/// Counts of observations in buckets, as Prometheus has them.
package struct Histogram: Sendable {
    /// The upper bounds of the buckets, ascending; the last bucket is without bound.
    package let bounds: [Double]
    /// Observations of each bucket, one more than bounds; not cumulative.
    package private(set) var counts: [Int]
    /// The sum of all observations.
    package private(set) var sum: Double = 0

    /// No observations.
    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// Adds one observation.
    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
