import MartletTokenizers

/// The lexemes of a grammar as one automaton over bytes whose states are made when they are first reached.
///
/// A state never leads nowhere: a byte is accepted only where some text of the lexeme goes on with it.
struct LexemeMachine {
    /// How far the bytes of one character or escape have come.
    enum Phase: Hashable {
        /// Before a string's opening quote.
        case opening
        /// Between characters.
        case between
        /// After a string's closing quote.
        case closed
        /// Within a character of that many bytes.
        case utf8(value: UInt32, missing: UInt8, length: UInt8)
        /// After a backslash.
        case escape
        /// Within the four digits of an escape; `high` is the surrogate before it.
        case digits(value: UInt32, missing: UInt8, high: UInt32)
        /// After an escape that is half a pair, before the backslash, or before the `u`, of the other half.
        case half(high: UInt32, hasBackslash: Bool)
    }

    /// A place within a lexeme.
    struct State: Hashable {
        var lexeme: Int32
        var text: Int32
        var phase: Phase
    }

    /// No next state.
    static let dead: Int32 = -1
    private static let unknown: Int32 = -2

    /// A lexeme behind one reference, which costs less to hand on.
    fileprivate final class Box: Sendable {
        let lexeme: Lexeme

        init(_ lexeme: Lexeme) { self.lexeme = lexeme }
    }

    private let boxes: [Box]
    private(set) var states: [State] = []
    private(set) var accepting: [Bool] = []
    /// Per state whether a byte can follow.
    private(set) var continues: [Bool] = []
    private var table: [Int32] = []
    private var index: [State: Int32] = [:]
    private var starts: [Int32]
    /// Per lexeme, and whether ends within it matter, the plain characters that may follow each state of its texts.
    private var plainRuns: [Int32: [PlainRun]] = [:]

    init(lexemes: [Lexeme]) {
        starts = [Int32](repeating: Self.unknown, count: lexemes.count)
        boxes = lexemes.map(Box.init)
    }

    /// How many bytes the states take.
    var byteCount: Int { states.count * 1100 }

    /// The first state of a lexeme.
    mutating func start(of lexeme: Int32) -> Int32 {
        if starts[Int(lexeme)] != Self.unknown { return starts[Int(lexeme)] }
        let isQuoted = boxes[Int(lexeme)].lexeme.encoding != .plain
        let state = intern(State(lexeme: lexeme, text: 0, phase: isQuoted ? .opening : .between))
        starts[Int(lexeme)] = state
        return state
    }

    /// The number of a state that may stem from another machine of the same lexemes.
    mutating func intern(_ state: State) -> Int32 {
        if let known = index[state] { return known }
        let lexeme = boxes[Int(state.lexeme)].lexeme
        let number = Int32(states.count)
        index[state] = number
        states.append(state)
        if lexeme.encoding == .plain {
            let isBetween = state.phase == .between
            accepting.append(isBetween && lexeme.texts.accepting[Int(state.text)])
            continues.append(!isBetween || lexeme.texts.hasSuccessor(state.text))
        } else {
            accepting.append(state.phase == .closed)
            continues.append(state.phase != .closed)
        }
        table.append(contentsOf: repeatElement(Self.unknown, count: 256))
        return number
    }

    /// The state after a byte, or `dead`.
    @inline(__always)
    mutating func next(_ state: Int32, _ byte: UInt8) -> Int32 {
        let known = table[Int(state) << 8 | Int(byte)]
        return known == Self.unknown ? compute(state, byte) : known
    }

    private mutating func compute(_ state: Int32, _ byte: UInt8) -> Int32 {
        let target = successor(states[Int(state)], byte).map { intern($0) } ?? Self.dead
        table[Int(state) << 8 | Int(byte)] = target
        return target
    }

    private func successor(_ state: State, _ byte: UInt8) -> State? {
        PhaseStep(box: boxes[Int(state.lexeme)], state: state).next(byte)
    }

    /// How many plain characters may follow in any case; none where their bytes do not all stay within the lexeme.
    mutating func plainRun(of state: Int32, isLast: Bool) -> PlainRun {
        let place = states[Int(state)]
        guard place.phase == .between else { return PlainRun(length: 0, isExact: false) }
        let box = boxes[Int(place.lexeme)]
        // ends within plain characters matter where something follows the lexeme
        let stopsAtEnds = box.lexeme.encoding == .plain && !isLast
        let key = place.lexeme << 1 | (stopsAtEnds ? 1 : 0)
        if let known = plainRuns[key] { return known[Int(place.text)] }
        let runs = box.lexeme.texts.plainRuns(stopsAtEnds: stopsAtEnds)
        plainRuns[key] = runs
        return runs[Int(place.text)]
    }
}

/// How many plain characters may follow a state.
struct PlainRun: Sendable {
    /// So many may follow whatever they are.
    var length: UInt16
    /// After so many, none may follow.
    var isExact: Bool
}

/// One byte's step within a lexeme.
private struct PhaseStep {
    let box: LexemeMachine.Box
    let state: LexemeMachine.State

    var lexeme: Lexeme { box.lexeme }
    var isQuoted: Bool { lexeme.encoding != .plain }
    var isFree: Bool { lexeme.encoding == .freelyQuoted }

    func next(_ byte: UInt8) -> LexemeMachine.State? {
        switch state.phase {
        case .opening: return byte == UInt8(ascii: "\"") ? moved(.between) : nil
        case .closed: return nil
        case .between: return between(byte)
        case .utf8(let value, let missing, let length):
            guard byte & 0xC0 == 0x80 else { return nil }
            return partial(value << 6 | UInt32(byte & 0x3F), missing - 1, length)
        case .escape: return escaped(byte)
        case .digits(let value, let missing, let high):
            guard let digit = Self.hexadecimal(byte) else { return nil }
            return digits(value << 4 | digit, missing - 1, high)
        case .half(let high, let hasBackslash):
            if hasBackslash {
                return byte == UInt8(ascii: "u") ? moved(.digits(value: 0, missing: 4, high: high)) : nil
            }
            return byte == UInt8(ascii: "\\") ? moved(.half(high: high, hasBackslash: true)) : nil
        }
    }

    private func moved(_ phase: LexemeMachine.Phase) -> LexemeMachine.State {
        LexemeMachine.State(lexeme: state.lexeme, text: state.text, phase: phase)
    }

    /// The state after a whole character.
    private func taken(_ scalar: UInt32) -> LexemeMachine.State? {
        let text = lexeme.texts.step(state.text, scalar)
        guard text != TextAutomaton.dead else { return nil }
        return LexemeMachine.State(lexeme: state.lexeme, text: text, phase: .between)
    }

    private func isAlive(_ low: UInt32, _ high: UInt32) -> Bool {
        low <= high && lexeme.texts.hasTransition(state.text, low...high)
    }

    private func between(_ byte: UInt8) -> LexemeMachine.State? {
        if isQuoted {
            if byte == UInt8(ascii: "\"") {
                return lexeme.texts.accepting[Int(state.text)] ? moved(.closed) : nil
            }
            if byte == UInt8(ascii: "\\") { return canEscape ? moved(.escape) : nil }
            if byte < 0x20 { return nil }
        }
        switch byte {
        case 0..<0x80: return taken(UInt32(byte))
        case 0xC2...0xDF: return partial(UInt32(byte & 0x1F), 1, 2)
        case 0xE0...0xEF: return partial(UInt32(byte & 0x0F), 2, 3)
        case 0xF0...0xF4: return partial(UInt32(byte & 0x07), 3, 4)
        default: return nil
        }
    }

    /// The state within a character, if one that the text may go on with begins so.
    private func partial(_ value: UInt32, _ missing: UInt8, _ length: UInt8) -> LexemeMachine.State? {
        let minimum: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        if missing == 0 { return value >= minimum ? taken(value) : nil }
        let low = value << (6 * UInt32(missing))
        let high = low | ((1 << (6 * UInt32(missing))) - 1)
        guard isAlive(max(low, minimum), min(high, ScalarRanges.maximum)) else { return nil }
        return moved(.utf8(value: value, missing: missing, length: length))
    }

    // MARK: - Escapes

    private static let shortEscapes: [(letter: UInt8, scalar: UInt32)] = [
        (UInt8(ascii: "\""), 0x22), (UInt8(ascii: "\\"), 0x5C), (UInt8(ascii: "b"), 0x08), (UInt8(ascii: "f"), 0x0C),
        (UInt8(ascii: "n"), 0x0A), (UInt8(ascii: "r"), 0x0D), (UInt8(ascii: "t"), 0x09),
    ]

    /// Whether some escape can follow.
    private var canEscape: Bool {
        Self.shortEscapes.contains { isAlive($0.scalar, $0.scalar) } || canBeNumbered(0, 0xFFFF)
    }

    /// Whether a scalar whose escape's digits lie between these can follow.
    private func canBeNumbered(_ low: UInt32, _ high: UInt32) -> Bool {
        let surrogates = (max(low, 0xD800), min(high, 0xDBFF))
        if surrogates.0 <= surrogates.1, isAlive(Self.astral(surrogates.0), Self.astral(surrogates.1) | 0x3FF) {
            return true
        }
        if isFree { return isAlive(low, high) }
        return isAlive(low, min(high, 0x1F)) || isAlive(max(low, 0x7F), high)
    }

    /// The first scalar whose pair begins with this surrogate.
    private static func astral(_ high: UInt32) -> UInt32 { 0x10000 + (high - 0xD800) << 10 }

    private func escaped(_ byte: UInt8) -> LexemeMachine.State? {
        if byte == UInt8(ascii: "u") {
            return canBeNumbered(0, 0xFFFF) ? moved(.digits(value: 0, missing: 4, high: 0)) : nil
        }
        if byte == UInt8(ascii: "/") { return isFree ? taken(0x2F) : nil }
        guard let escape = Self.shortEscapes.first(where: { $0.letter == byte }) else { return nil }
        return taken(escape.scalar)
    }

    private func digits(_ value: UInt32, _ missing: UInt8, _ high: UInt32) -> LexemeMachine.State? {
        let low = value << (4 * UInt32(missing))
        let last = low | ((1 << (4 * UInt32(missing))) - 1)
        if high != 0 {
            let bounds = (max(low, 0xDC00), min(last, 0xDFFF))
            guard bounds.0 <= bounds.1 else { return nil }
            let base = Self.astral(high)
            if missing == 0 { return taken(base + value - 0xDC00) }
            guard isAlive(base + bounds.0 - 0xDC00, base + bounds.1 - 0xDC00) else { return nil }
            return moved(.digits(value: value, missing: missing, high: high))
        }
        guard canBeNumbered(low, last) else { return nil }
        if missing > 0 { return moved(.digits(value: value, missing: missing, high: 0)) }
        return (0xD800...0xDBFF).contains(value) ? moved(.half(high: value, hasBackslash: false)) : taken(value)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte) - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 0x37
        default: nil
        }
    }
}

extension TextAutomaton {
    /// Whether a character can follow the state.
    func hasSuccessor(_ state: Int32) -> Bool {
        let base = Int(state) * classCount
        return next[base..<(base + classCount)].contains { $0 != Self.dead }
    }

    /// Whether a scalar of the range can follow the state.
    func hasTransition(_ state: Int32, _ range: ClosedRange<UInt32>) -> Bool {
        var run = partition.run(of: range.lowerBound)
        while run < partition.starts.count, partition.starts[run] <= range.upperBound {
            if next[Int(state) * classCount + Int(partition.classes[run])] != Self.dead { return true }
            run += 1
        }
        return false
    }

    /// Per state, how many plain characters may follow whatever they are, `UInt16.max - 1` for any number.
    func plainRuns(stopsAtEnds: Bool) -> [PlainRun] {
        let columns = plainColumns()
        var lengths = [UInt16](repeating: UInt16.max - 1, count: stateCount)
        // per state, the one that all plain characters lead to, `dead` if none leads on, `nil` if they differ
        var common = [Int32?](repeating: nil, count: stateCount)
        var sources = [[Int32]](repeating: [], count: stateCount)
        var frontier: [Int32] = []
        for state in 0..<stateCount {
            let targets = Set(columns.map { next[state * classCount + $0] })
            common[state] = targets.count == 1 ? targets.first : nil
            for target in targets {
                let isStop = target == Self.dead || (stopsAtEnds && accepting[Int(target)])
                if isStop { lengths[state] = 0 } else { sources[Int(target)].append(Int32(state)) }
            }
            if lengths[state] == 0 { frontier.append(Int32(state)) }
        }
        var order = frontier
        var length: UInt16 = 0
        while !frontier.isEmpty, length < UInt16.max - 2 {
            length += 1
            var farther: [Int32] = []
            for state in frontier {
                for source in sources[Int(state)] where lengths[Int(source)] == UInt16.max - 1 {
                    lengths[Int(source)] = length
                    farther.append(source)
                }
            }
            order += farther
            frontier = farther
        }
        var isExact = [Bool](repeating: false, count: stateCount)
        for state in order {
            guard let target = common[Int(state)] else { continue }
            if target == Self.dead {
                isExact[Int(state)] = true
            } else if lengths[Int(state)] > 0 {
                isExact[Int(state)] = isExact[Int(target)]
            }
        }
        return zip(lengths, isExact).map { PlainRun(length: $0, isExact: $1) }
    }

    private func plainColumns() -> [Int] {
        var columns: Set<Int> = []
        for range in TokenVocabulary.plainScalars.ranges {
            var run = partition.run(of: range.lowerBound)
            while run < partition.starts.count, partition.starts[run] <= range.upperBound {
                if partition.classes[run] != 0 { columns.insert(Int(partition.classes[run])) }
                run += 1
            }
        }
        return columns.sorted()
    }
}
