/// A few tokens from which the exact place of a cut is found by partial selection.
///
/// A candidate's key orders by logit, then by the lower id: `key > other` means it is likelier.
struct Candidates {
    private struct Candidate {
        let key: UInt64
        let weight: Double
    }

    private var candidates: [Candidate] = []

    /// None.
    init() {}

    /// All of some values, by place.
    init(values: [Float]) {
        candidates = values.enumerated().map { Candidate(key: Self.key($0.offset, $0.element), weight: 0) }
    }

    var count: Int { candidates.count }

    /// The sum of the weights.
    var totalWeight: Double { candidates.reduce(0) { $0 + $1.weight } }

    mutating func append(_ index: Int, _ logit: Float, weight: Float = 0) {
        candidates.append(Candidate(key: Self.key(index, logit), weight: Double(weight)))
    }

    /// The cut that keeps the `wanted` likeliest candidates, or all where there are fewer.
    consuming func cut(count wanted: Int) -> Cut {
        select { greater, _ in greater >= wanted }
    }

    /// The cut that keeps the fewest likeliest candidates whose weights reach `mass`, or all where they do not.
    consuming func cut(mass: Double) -> Cut {
        select { _, sum in sum >= mass }
    }

    private static func key(_ index: Int, _ logit: Float) -> UInt64 {
        // adding 0 turns −0 into 0; then bit patterns in the order of the numbers
        let bits = (logit + 0).bitPattern
        let ordered = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
        return UInt64(ordered) << 32 | UInt64(~UInt32(truncatingIfNeeded: index))
    }

    private static func cut(at key: UInt64) -> Cut {
        let ordered = UInt32(truncatingIfNeeded: key >> 32)
        let bits = ordered & 0x8000_0000 == 0 ? ~ordered : ordered & 0x7fff_ffff
        return Cut(logit: Float(bitPattern: bits), index: Int(~UInt32(truncatingIfNeeded: key)))
    }
}

extension Candidates {
    /// The cut at the greatest key such that the keys from it on, by count and weight, are enough.
    ///
    /// Quickselect; the least key where they never are. What is enough has to stay so with more.
    private consuming func select(_ isEnough: (Int, Double) -> Bool) -> Cut {
        guard !candidates.isEmpty else { return .all }
        var items = candidates.mutableSpan
        var low = 0
        var high = items.count
        var count = 0
        var sum = 0.0
        var last: UInt64 = 0
        while low < high {
            let pivot = Self.partition(&items, low, high)
            var greater = 0.0
            for index in low..<pivot { greater += items[index].weight }
            last = items[pivot].key
            if pivot > low, isEnough(count + pivot - low, sum + greater) {
                high = pivot
            } else if isEnough(count + pivot - low + 1, sum + greater + items[pivot].weight) {
                break
            } else {
                count += pivot - low + 1
                sum += greater + items[pivot].weight
                low = pivot + 1
            }
        }
        return Self.cut(at: last)
    }

    /// Moves the keys above the median of three to the front; returns the median's place.
    private static func partition(_ items: inout MutableSpan<Candidate>, _ low: Int, _ high: Int) -> Int {
        let middle = low + (high - low) / 2
        let last = high - 1
        let (first, second, third) = (items[low].key, items[middle].key, items[last].key)
        let median = max(min(first, second), min(max(first, second), third))
        items.swapAt(median == first ? low : median == second ? middle : last, last)
        var place = low
        for index in low..<last where items[index].key > median {
            items.swapAt(index, place)
            place += 1
        }
        items.swapAt(place, last)
        return place
    }
}
