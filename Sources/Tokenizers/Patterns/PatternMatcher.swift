/// Runs a pattern's program with an explicit stack of alternatives.
struct PatternMatcher {
    /// Where to go on when the current way fails, or what to undo.
    struct Alternative {
        /// What the fields mean.
        enum Kind: UInt8 {
            /// The instruction at the position.
            case simple
            /// A greedy loop, which may give back code points down to `limit`.
            case greedy
            /// A lazy loop of the set `index`, which may take up to `limit` code points more; -1 for any number.
            case lazy
            /// The register `index` gets its old value, `position`.
            case register
        }

        var kind: Kind
        var instruction: Int
        var position: Int
        var limit = 0
        var index = 0
    }

    /// So many steps are allowed, and further ones per byte of the text.
    private static let steps = 20_000_000
    private static let stepsPerByte = 200
    /// The most alternatives at a time.
    private static let stackLimit = 1 << 22

    let pattern: Pattern
    let bounds: Range<Int>
    /// Where the search began.
    private(set) var searchStart = 0
    /// Positions that the program remembers; -1 for none.
    private(set) var registers: [Int]
    private var stack: [Alternative] = []
    private var stepsLeft: Int
    /// Where the text ends for what consumes it: inside of a condition on what comes before, that is where it stands.
    private var limit: Int

    init(pattern: Pattern, bounds: Range<Int>) {
        self.pattern = pattern
        self.bounds = bounds
        registers = [Int](repeating: -1, count: pattern.registerCount)
        limit = bounds.upperBound
        stepsLeft = Self.steps + Self.stepsPerByte * bounds.count
    }

    /// The first match that begins at the position or after it.
    mutating func firstMatch(from start: Int, in bytes: [UInt8]) -> Range<Int>? {
        searchStart = start
        var position = start
        while true {
            stack.removeAll(keepingCapacity: true)
            for index in registers.indices { registers[index] = -1 }
            if let end = run(0, position, bytes) { return position..<end }
            if stepsLeft <= 0 {
                PatternExhaustion.report?.record(pattern.source)
                return nil
            }
            guard position < bounds.upperBound else { return nil }
            position = nextStart(after: position, in: bytes)
        }
    }

    private func nextStart(after start: Int, in bytes: [UInt8]) -> Int {
        let (scalar, length) = decodeScalar(bytes, start)
        var position = start + length
        guard let leadingLoop = pattern.leadingLoop else { return position }
        let set = pattern.sets[leadingLoop]
        guard set.contains(scalar, pattern.table) else { return position }
        while position < bounds.upperBound {
            let (scalar, length) = decodeScalar(bytes, position)
            if !set.contains(scalar, pattern.table) { break }
            position += length
        }
        return position
    }

    /// Runs up to `accept`, which counts only at `requiredEnd` where that is given.
    private mutating func run(_ start: Int, _ at: Int, _ bytes: [UInt8], requiredEnd: Int? = nil) -> Int? {
        let base = stack.count
        var instruction = start
        var position = at
        while true {
            var succeeds = true
            let current = instruction
            instruction += 1
            switch pattern.program[current] {
            case .accept:
                succeeds = requiredEnd == nil || position == requiredEnd
                if succeeds {
                    dropAlternatives(from: base)
                    return position
                }
            case .set(let set): succeeds = advance(&position, bytes, set)
            case .loop(let set, let repetition):
                succeeds = loop(&position, bytes, set, repetition, next: instruction)
            case .folded(let text): succeeds = takeFolded(text, &position, bytes)
            case .split(let first, let second):
                stack.append(Alternative(kind: .simple, instruction: second, position: position))
                instruction = first
            case .jump(let target): instruction = target
            case .look(let end, let isNegated):
                succeeds = (run(instruction, position, bytes) != nil) != isNegated
                instruction = end
            case .lookBehind(let end, let isNegated, let minimum, let maximum):
                succeeds = lookBehind(instruction, position, minimum, maximum, bytes) != isNegated
                instruction = end
            case .atomic(let end):
                if let found = run(instruction, position, bytes) { position = found } else { succeeds = false }
                instruction = end
            case .save(let register):
                let old = registers[register]
                stack.append(Alternative(kind: .register, instruction: 0, position: old, index: register))
                registers[register] = position
            case .leaveIfEmpty(let register, let exit):
                if registers[register] == position { instruction = exit }
            case .backreference(let groups, let ignoresCase):
                succeeds = takeReference(groups, ignoresCase, &position, bytes)
            case .assertion(let assertion): succeeds = holds(assertion, position, bytes)
            }
            stepsLeft -= 1
            if stepsLeft <= 0 || stack.count > Self.stackLimit {
                stepsLeft = 0
                return nil
            }
            if !succeeds, !resume(base, &instruction, &position, bytes) { return nil }
        }
    }

    /// Forgets the alternatives of what has matched for good, but not what is undone when something before it fails.
    private mutating func dropAlternatives(from base: Int) {
        guard pattern.registerCount > 0, base > 0 else {
            stack.removeSubrange(base...)
            return
        }
        let kept = stack[base...].filter { $0.kind == .register }
        stack.replaceSubrange(base..., with: kept)
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
            switch alternative.kind {
            case .simple:
                stack.removeLast()
                return true
            case .greedy:
                position = scalarStart(before: position, in: bytes)
                if position == alternative.limit { stack.removeLast() } else { stack[top].position = position }
                return true
            case .lazy:
                guard alternative.limit != 0, advance(&position, bytes, alternative.index) else {
                    stack.removeLast()
                    continue
                }
                stack[top].position = position
                stack[top].limit -= alternative.limit > 0 ? 1 : 0
                return true
            case .register:
                registers[alternative.index] = alternative.position
                stack.removeLast()
            }
        }
        return false
    }

    @inline(__always)
    private func advance(_ position: inout Int, _ bytes: [UInt8], _ set: Int) -> Bool {
        guard position < limit else { return false }
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
            stack.append(
                Alternative(kind: .lazy, instruction: next, position: position, limit: further, index: set)
            )
            return true
        }
        let floor = position
        while further != 0, advance(&position, bytes, set) { further -= 1 }
        stepsLeft -= (position - floor) / 16
        if position > floor, repetition.mode == .greedy {
            stack.append(Alternative(kind: .greedy, instruction: next, position: position, limit: floor))
        }
        return true
    }

    private mutating func lookBehind(
        _ instruction: Int,
        _ position: Int,
        _ minimum: Int,
        _ maximum: Int?,
        _ bytes: [UInt8]
    ) -> Bool {
        let outerLimit = limit
        if minimum != maximum { limit = position }
        defer { limit = outerLimit }
        var start = position
        var count = 0
        while maximum.map({ count <= $0 }) ?? true {
            if count >= minimum, run(instruction, start, bytes, requiredEnd: position) != nil { return true }
            if start <= bounds.lowerBound || stepsLeft <= 0 { return false }
            start = scalarStart(before: start, in: bytes)
            count += 1
        }
        return false
    }
}

// MARK: - Conditions and comparisons

extension PatternMatcher {
    /// Whether the condition holds at the position.
    private func holds(_ assertion: PatternAssertion, _ position: Int, _ bytes: [UInt8]) -> Bool {
        let isAtEnd = position == bounds.upperBound
        let newline = UInt8(ascii: "\n")
        switch assertion {
        case .textStart: return position == bounds.lowerBound
        case .textEnd: return isAtEnd
        case .textEndOrLastLine: return isAtEnd || (position == bounds.upperBound - 1 && bytes[position] == newline)
        case .searchStart: return position == searchStart
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

    /// Takes code points that together equal the text where case is ignored.
    private func takeFolded(_ text: [UInt32], _ position: inout Int, _ bytes: [UInt8]) -> Bool {
        let folding = CaseFolding.shared
        var index = 0
        while index < text.count {
            guard position < limit else { return false }
            let (scalar, length) = decodeScalar(bytes, position)
            if folding.single(scalar) == text[index] {
                index += 1
            } else if let several = folding.several(scalar), text[index...].starts(with: several) {
                index += several.count
            } else {
                return false
            }
            position += length
        }
        return true
    }

    /// Takes what the last of the groups matched that has matched.
    private func takeReference(
        _ groups: [Int],
        _ ignoresCase: Bool,
        _ position: inout Int,
        _ bytes: [UInt8]
    ) -> Bool {
        for group in groups {
            let start = registers[2 * group]
            let end = registers[2 * group + 1]
            guard start >= 0, end >= start else { continue }
            let length = end - start
            if ignoresCase {
                let text = scalars(of: Array(bytes[start..<end]))
                var next = position
                if takeFolded(text.map(CaseFolding.shared.single), &next, bytes) {
                    position = next
                    return true
                }
            } else if limit - position >= length,
                bytes[start..<end].elementsEqual(bytes[position..<(position + length)])
            {
                position += length
                return true
            }
        }
        return false
    }
}
