import MartletTokenizers

/// Scalars grouped into classes that an automaton cannot tell apart.
///
/// Class 0 is the surrogates, which no text contains; automata have no transition for it.
struct ScalarPartition: Sendable, Hashable {
    /// Where runs of scalars of one class begin, ascending from 0.
    private(set) var starts: [UInt32] = []
    /// The class of each run.
    private(set) var classes: [Int32] = []
    /// How many classes there are.
    private(set) var classCount = 0

    private static let surrogates: ClosedRange<UInt32> = 0xD800...0xDFFF

    private init() {}

    /// The coarsest partition that tells each of these sets from the rest.
    init(separating sets: [ScalarRanges]) {
        var events: [(position: UInt32, set: Int)] = []
        for (index, set) in sets.enumerated() {
            for range in set.ranges {
                events.append((range.lowerBound, index))
                if range.upperBound < ScalarRanges.maximum { events.append((range.upperBound + 1, index)) }
            }
        }
        events.append((Self.surrogates.lowerBound, sets.count))
        events.append((Self.surrogates.upperBound + 1, sets.count))
        events.sort { $0.position < $1.position }
        var membership = [UInt64](repeating: 0, count: (sets.count + 64) / 64)
        var known: [[UInt64]: Int32] = [:]
        var position: UInt32 = 0
        var next = 0
        classCount = 1
        while true {
            while next < events.count, events[next].position == position {
                membership[events[next].set / 64] ^= 1 << UInt64(events[next].set % 64)
                next += 1
            }
            if Self.surrogates.contains(position) {
                append(position, 0)
            } else if let known = known[membership] {
                append(position, known)
            } else {
                known[membership] = Int32(classCount)
                append(position, Int32(classCount))
                classCount += 1
            }
            guard next < events.count else { break }
            position = events[next].position
        }
    }

    private mutating func append(_ start: UInt32, _ value: Int32) {
        if classes.last == value { return }
        starts.append(start)
        classes.append(value)
    }

    /// The coarsest partition finer than both, with the class of either for each of its classes.
    static func refining(
        _ left: ScalarPartition,
        _ right: ScalarPartition
    ) -> (partition: ScalarPartition, left: [Int32], right: [Int32]) {
        if left == right {
            let same = (0..<Int32(left.classCount)).map { $0 }
            return (left, same, same)
        }
        var result = ScalarPartition()
        var lefts: [Int32] = [0]
        var rights: [Int32] = [0]
        var known: [UInt64: Int32] = [:]
        var i = 0
        var j = 0
        var position: UInt32 = 0
        result.classCount = 1
        while true {
            let pair = (left.classes[i], right.classes[j])
            let key = UInt64(UInt32(bitPattern: pair.0)) << 32 | UInt64(UInt32(bitPattern: pair.1))
            if pair.0 == 0 || pair.1 == 0 {
                result.append(position, 0)
            } else if let known = known[key] {
                result.append(position, known)
            } else {
                known[key] = Int32(result.classCount)
                result.append(position, Int32(result.classCount))
                lefts.append(pair.0)
                rights.append(pair.1)
                result.classCount += 1
            }
            let nextLeft = i + 1 < left.starts.count ? left.starts[i + 1] : .max
            let nextRight = j + 1 < right.starts.count ? right.starts[j + 1] : .max
            position = min(nextLeft, nextRight)
            if position == .max { break }
            if nextLeft == position { i += 1 }
            if nextRight == position { j += 1 }
        }
        return (result, lefts, rights)
    }

    /// The index of the run that holds the scalar.
    func run(of scalar: UInt32) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle } else { high = middle }
        }
        return low
    }

    /// The class of the scalar.
    func classOf(_ scalar: UInt32) -> Int32 { classes[run(of: scalar)] }

    /// The last scalar of a run.
    func end(ofRun run: Int) -> UInt32 { run + 1 < starts.count ? starts[run + 1] - 1 : ScalarRanges.maximum }

    /// The classes that the set is made of; the partition must tell the set from the rest.
    func classes(in set: ScalarRanges) -> [Int32] {
        var result: Set<Int32> = []
        for range in set.ranges {
            var index = run(of: range.lowerBound)
            while index < starts.count, starts[index] <= range.upperBound {
                result.insert(classes[index])
                index += 1
            }
        }
        result.remove(0)
        return result.sorted()
    }
}
