/// A set of code points: bits for ASCII, Unicode classes and ranges for the rest.
struct ScalarSet: Sendable, Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var classes: UInt64 = 0
    private var ranges: [ClosedRange<UInt32>] = []
    private var invertsRest = false

    /// No code points.
    init() {}

    /// The code points of these classes.
    init(classes: UInt64) {
        self.classes = classes
        for scalar in 0..<UInt32(128) where ScalarClasses.shared.bit(scalar) & classes != 0 { insertASCII(scalar) }
    }

    /// One code point.
    init(_ scalar: UInt32) {
        insert(scalar...scalar)
    }

    /// Whether the code point is in the set.
    @inline(__always)
    func contains(_ scalar: UInt32, _ table: ScalarClasses) -> Bool {
        if scalar < 64 { return low >> UInt64(scalar) & 1 != 0 }
        if scalar < 128 { return high >> UInt64(scalar - 64) & 1 != 0 }
        if classes & table.bit(scalar) != 0 { return !invertsRest }
        if ranges.isEmpty { return invertsRest }
        return ranges.contains { $0.contains(scalar) } != invertsRest
    }

    /// Adds the code points of a range.
    mutating func insert(_ range: ClosedRange<UInt32>) {
        if range.lowerBound < 128 {
            for scalar in range.lowerBound...min(range.upperBound, 127) { insertASCII(scalar) }
        }
        if range.upperBound >= 128 { ranges.append(max(range.lowerBound, 128)...range.upperBound) }
    }

    /// Adds the code points of a set that has not been inverted.
    mutating func formUnion(_ other: ScalarSet) {
        low |= other.low
        high |= other.high
        classes |= other.classes
        ranges += other.ranges
    }

    /// Makes the set hold what it did not.
    mutating func invert() {
        low = ~low
        high = ~high
        invertsRest.toggle()
    }

    private mutating func insertASCII(_ scalar: UInt32) {
        if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
    }
}
