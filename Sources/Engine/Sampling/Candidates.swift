#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The tokens that can still be drawn when a filter has left few of them.
///
/// In order of their ids. A candidate's `key` orders by logit, then by the lower id: `key > other` means it is likelier.
struct Candidates {
    private(set) var keys: [UInt64] = []
    /// `exp((logit − maximum) / temperature)`, double precision; set by `computeWeights`.
    private(set) var weights: [Double] = []

    /// The elements of the row at or above the threshold.
    init(_ scan: LogitsScan, atLeast threshold: Float) {
        scan.forEach(atLeast: threshold) { index, logit in keys.append(Self.key(index, logit)) }
    }

    /// All of some values.
    init(values: [Float]) { keys = values.enumerated().map { Self.key($0.offset, $0.element) } }

    var count: Int { keys.count }

    /// The sum of the weights, in the order of the ids.
    var totalWeight: Double { weights.reduce(0, +) }

    /// The token of a candidate.
    func tokenID(_ place: Int) -> Int32 { Int32(bitPattern: ~UInt32(truncatingIfNeeded: keys[place])) }

    /// Computes the weights of the candidates relative to the row's greatest logit.
    mutating func computeWeights(_ scan: LogitsScan, temperature: Float) {
        let maximum = Double(scan.maximum)
        weights = (0..<count).map { exp((Double(scan[Int(tokenID($0))]) - maximum) / Double(temperature)) }
    }

    /// Drops the candidates below the key.
    mutating func keep(from cut: UInt64) {
        var kept = 0
        for place in keys.indices where keys[place] >= cut {
            move(place, to: kept)
            kept += 1
        }
        truncate(to: kept)
    }

    /// Drops the candidates whose weight fails a condition.
    mutating func keep(where condition: (Double) -> Bool) {
        var kept = 0
        for place in keys.indices where condition(weights[place]) {
            move(place, to: kept)
            kept += 1
        }
        truncate(to: kept)
    }

    /// The logit that a key was made of.
    static func logit(ofKey key: UInt64) -> Float {
        let ordered = UInt32(truncatingIfNeeded: key >> 32)
        return Float(bitPattern: ordered & 0x8000_0000 == 0 ? ~ordered : ordered & 0x7fff_ffff)
    }

    private mutating func move(_ place: Int, to target: Int) {
        keys[target] = keys[place]
        if !weights.isEmpty { weights[target] = weights[place] }
    }

    private mutating func truncate(to count: Int) {
        if !weights.isEmpty { weights.removeLast(keys.count - count) }
        keys.removeLast(keys.count - count)
    }

    private static func key(_ index: Int, _ logit: Float) -> UInt64 {
        // adding 0 turns −0 into 0; then bit patterns in the order of the numbers
        let bits = (logit + 0).bitPattern
        let ordered = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
        return UInt64(ordered) << 32 | UInt64(~UInt32(truncatingIfNeeded: index))
    }
}

extension Candidates {
    /// The key of the `count`-th likeliest candidate, 1 being the first.
    func cut(count wanted: Int) -> UInt64 {
        guard wanted < count else { return 0 }
        var selection = Selection(keys: keys, weights: [])
        return selection.cut { greater, _ in greater >= wanted }
    }

    /// The key of the last candidate of the fewest likeliest whose weights reach `mass`.
    func cut(mass: Double) -> UInt64 {
        var selection = Selection(keys: keys, weights: weights)
        return selection.cut { _, sum in sum >= mass }
    }
}

/// Quickselect from the greatest key downwards.
private struct Selection {
    var keys: [UInt64]
    /// Parallel to `keys`, or empty.
    var weights: [Double]

    /// The greatest key such that the keys at or above it, by count and weight, satisfy a condition that holds for ever
    /// once it holds; the least key where it never does.
    mutating func cut(where isEnough: (Int, Double) -> Bool) -> UInt64 {
        var low = 0
        var high = keys.count
        var count = 0
        var sum = 0.0
        var last: UInt64 = 0
        while low < high {
            let pivot = partition(low, high)
            let greater = weights.isEmpty ? 0 : weights[low..<pivot].reduce(0, +)
            let pivotWeight = weights.isEmpty ? 0 : weights[pivot]
            last = keys[pivot]
            if pivot > low, isEnough(count + pivot - low, sum + greater) {
                high = pivot
            } else if isEnough(count + pivot - low + 1, sum + greater + pivotWeight) {
                return keys[pivot]
            } else {
                count += pivot - low + 1
                sum += greater + pivotWeight
                low = pivot + 1
            }
        }
        return last
    }

    /// Moves the keys above the median of three to the front; returns the median's place.
    private mutating func partition(_ low: Int, _ high: Int) -> Int {
        let middle = low + (high - low) / 2
        let last = high - 1
        let (first, second, third) = (keys[low], keys[middle], keys[last])
        let median = max(min(first, second), min(max(first, second), third))
        swap(median == first ? low : median == second ? middle : last, last)
        var place = low
        for index in low..<last where keys[index] > median {
            swap(index, place)
            place += 1
        }
        swap(place, last)
        return place
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        guard left != right else { return }
        keys.swapAt(left, right)
        if !weights.isEmpty { weights.swapAt(left, right) }
    }
}
