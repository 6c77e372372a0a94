/// Finds `a?b+`, `b+`, `b{m,n}`, `b` and `bb…` where `a` and `b` are sets of characters.
struct RunScanner: Sendable {
    private let prefix: ScalarSet?
    private let set: ScalarSet
    private let minimum: Int
    private let maximum: Int
    private let table = ScalarClasses.shared

    /// The largest least number of characters: so many are looked at again where a run is too short.
    private static let longestMinimum = 8

    /// The scanner for a tree of that shape.
    init?(_ node: PatternNode) {
        var parts = [node]
        if case .sequence(let nodes) = node { parts = nodes }
        guard let last = parts.last else { return nil }
        if case .set(let set) = last {
            guard parts.count <= Self.longestMinimum else { return nil }
            for part in parts {
                guard case .set(let other) = part, other == set else { return nil }
            }
            (prefix, self.set, minimum, maximum) = (nil, set, parts.count, parts.count)
            return
        }
        guard case .repetition(.set(let set), let repetition) = last, parts.count <= 2, repetition.mode != .lazy,
            (1...Self.longestMinimum).contains(repetition.minimum)
        else { return nil }
        (self.set, minimum, maximum) = (set, repetition.minimum, repetition.maximum ?? .max)
        guard parts.count == 2 else {
            prefix = nil
            return
        }
        guard case .repetition(.set(let before), let optional) = parts[0], optional.minimum == 0,
            optional.maximum == 1, optional.mode == .greedy, minimum == 1, maximum == .max
        else { return nil }
        prefix = before
    }

    /// The end of the match that begins at the position; `nil` when none does.
    @inline(__always)
    func end(at start: Int, _ bytes: [UInt8], _ limit: Int) -> Int? {
        if let prefix {
            let (scalar, length) = decodeScalar(bytes, start)
            if prefix.contains(scalar, table), let end = run(from: start + length, bytes, limit) { return end }
        }
        return run(from: start, bytes, limit)
    }

    @inline(__always)
    private func run(from start: Int, _ bytes: [UInt8], _ limit: Int) -> Int? {
        var position = start
        var count = 0
        while position < limit, count < maximum {
            let (scalar, length) = decodeScalar(bytes, position)
            if !set.contains(scalar, table) { break }
            position += length
            count += 1
        }
        return count < minimum ? nil : position
    }
}
