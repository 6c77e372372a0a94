/// Runs a pattern's program with an explicit stack of alternatives.
struct PatternMatcher {
    /// Where to go on when the current way fails.
    private struct Alternative {
        /// The instruction to go on with.
        var instruction: Int
        /// The position to go on at.
        var position: Int
        /// A greedy loop may give back code points down to here; -1 for a single alternative.
        var floor: Int
        /// A lazy loop may take up to so many code points more; -1 for any number.
        var further: Int
        /// The set of a lazy loop; -1 for none.
        var set: Int
    }

    private let pattern: Pattern
    private let bounds: Range<Int>
    private var stack: [Alternative] = []

    init(pattern: Pattern, bounds: Range<Int>) {
        self.pattern = pattern
        self.bounds = bounds
    }

    /// The end of the match that begins at the position.
    mutating func match(at start: Int, in bytes: [UInt8]) -> Int? {
        stack.removeAll(keepingCapacity: true)
        return run(0, start, bytes)
    }

    private mutating func run(_ start: Int, _ at: Int, _ bytes: [UInt8]) -> Int? {
        let base = stack.count
        var instruction = start
        var position = at
        while true {
            var succeeds = true
            switch pattern.program[instruction] {
            case .accept:
                stack.removeSubrange(base...)
                return position
            case .set(let set):
                succeeds = advance(&position, bytes, set)
                instruction += 1
            case .loop(let set, let repetition):
                succeeds = loop(&position, bytes, set, repetition, next: instruction + 1)
                instruction += 1
            case .split(let first, let second):
                stack.append(Alternative(instruction: second, position: position, floor: -1, further: 0, set: -1))
                instruction = first
            case .jump(let target):
                instruction = target
            case .look(let end, let isNegated):
                succeeds = (run(instruction + 1, position, bytes) != nil) != isNegated
                instruction = end
            case .assertion(let assertion):
                succeeds = holds(assertion, position, bytes)
                instruction += 1
            }
            if !succeeds, !resume(base, &instruction, &position, bytes) { return nil }
        }
    }

    /// Takes the newest alternative.
    private mutating func resume(
        _ base: Int,
        _ instruction: inout Int,
        _ position: inout Int,
        _ bytes: [UInt8]
    ) -> Bool {
        while stack.count > base {
            let top = stack.count - 1
            let alternative = stack[top]
            instruction = alternative.instruction
            position = alternative.position
            if alternative.floor >= 0 {
                position = scalarStart(before: position, in: bytes)
                if position == alternative.floor { stack.removeLast() } else { stack[top].position = position }
                return true
            }
            if alternative.set >= 0 {
                guard alternative.further != 0, advance(&position, bytes, alternative.set) else {
                    stack.removeLast()
                    continue
                }
                stack[top].position = position
                stack[top].further -= alternative.further > 0 ? 1 : 0
                return true
            }
            stack.removeLast()
            return true
        }
        return false
    }

    @inline(__always)
    private func advance(_ position: inout Int, _ bytes: [UInt8], _ set: Int) -> Bool {
        guard position < bounds.upperBound else { return false }
        let (scalar, length) = decodeScalar(bytes, position)
        guard pattern.sets[set].contains(scalar, pattern.table) else { return false }
        position += length
        return true
    }

    private mutating func loop(
        _ position: inout Int,
        _ bytes: [UInt8],
        _ set: Int,
        _ repetition: PatternRepetition,
        next: Int
    ) -> Bool {
        for _ in 0..<repetition.minimum where !advance(&position, bytes, set) { return false }
        var further = repetition.maximum.map { $0 - repetition.minimum } ?? -1
        if repetition.mode == .lazy {
            stack.append(Alternative(instruction: next, position: position, floor: -1, further: further, set: set))
            return true
        }
        let floor = position
        while further != 0, advance(&position, bytes, set) { further -= 1 }
        if position > floor, repetition.mode == .greedy {
            stack.append(Alternative(instruction: next, position: position, floor: floor, further: 0, set: -1))
        }
        return true
    }

    private func holds(_ assertion: PatternAssertion, _ position: Int, _ bytes: [UInt8]) -> Bool {
        let isAtEnd = position == bounds.upperBound
        let newline = UInt8(ascii: "\n")
        switch assertion {
        case .textStart: return position == bounds.lowerBound
        case .textEnd: return isAtEnd
        case .textEndOrLastLine: return isAtEnd || (position == bounds.upperBound - 1 && bytes[position] == newline)
        case .lineStart:
            return position == bounds.lowerBound || (bytes[position - 1] == newline && !isAtEnd)
        case .lineEnd: return isAtEnd || bytes[position] == newline
        case .wordBoundary: return isWord(before: position, bytes) != isWord(after: position, bytes)
        case .notWordBoundary: return isWord(before: position, bytes) == isWord(after: position, bytes)
        }
    }

    private func isWord(before position: Int, _ bytes: [UInt8]) -> Bool {
        guard position > bounds.lowerBound else { return false }
        return isWord(after: scalarStart(before: position, in: bytes), bytes)
    }

    private func isWord(after position: Int, _ bytes: [UInt8]) -> Bool {
        guard position < bounds.upperBound else { return false }
        return pattern.table.bit(decodeScalar(bytes, position).scalar) & pattern.table.patternWord != 0
    }
}
