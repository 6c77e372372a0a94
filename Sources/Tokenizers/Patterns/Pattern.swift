/// A regular expression, compiled for a backtracking matcher over valid UTF-8.
///
/// Semantics are those of Oniguruma as the reference uses it: leftmost, first alternative, greedy. Unicode classes come
/// from `ScalarClasses`. A repeated group has one length, so that no text can make matching exponential.
struct Pattern: Sendable {
    /// One step of the compiled program.
    enum Instruction: Sendable {
        case set(Int)
        case loop(set: Int, PatternRepetition)
        case split(first: Int, second: Int)
        case jump(Int)
        case look(end: Int, isNegated: Bool)
        case assertion(PatternAssertion)
        case accept
    }

    let program: [Instruction]
    let sets: [ScalarSet]
    /// The set of a leading unbounded loop: a failure inside a run of it is a failure in the rest of the run.
    let leadingLoop: Int?
    let table = ScalarClasses.shared
    /// Finds the same matches faster, where there is such a scanner.
    private(set) var scanner: PatternScanner?

    /// The pattern of a regular expression.
    init(regex: String) throws(TokenizerError) {
        let node = try PatternParser.parse(regex)
        if node.length.minimum == 0 {
            throw .unsupportedPattern(pattern: regex, offset: 0, reason: "it matches the empty text")
        }
        var compiler = PatternCompiler()
        compiler.compile(node)
        compiler.emit(.accept)
        guard compiler.program.count <= 20_000 else {
            throw .unsupportedPattern(pattern: regex, offset: 0, reason: "it is too large")
        }
        self.init(compiler)
        scanner = PatternScanner(regex: regex, node)
    }

    /// The pattern that matches exactly this text.
    init(literal: String) {
        var compiler = PatternCompiler()
        compiler.compile(.sequence(literal.unicodeScalars.map { .set(ScalarSet($0.value)) }))
        compiler.emit(.accept)
        self.init(compiler)
        scanner = .literal(Array(literal.utf8))
    }

    /// The pattern of any of the trees that matches, none of them the empty text.
    init(anyOf nodes: [PatternNode]) {
        var compiler = PatternCompiler()
        compiler.compile(.alternation(nodes))
        compiler.emit(.accept)
        self.init(compiler)
    }

    private init(_ compiler: PatternCompiler) {
        program = compiler.program
        sets = compiler.sets
        if case .loop(let set, let repetition) = compiler.program[0], repetition.maximum == nil,
            repetition.mode == .greedy
        {
            leadingLoop = set
        } else {
            leadingLoop = nil
        }
    }

    /// Calls back with the alternating pieces of a text in order: what matches and what lies between; none is empty.
    func forEachPiece(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void) {
        if let scanner { return scanner.forEachPiece(bytes, range, body) }
        var matcher = PatternMatcher(pattern: self, bounds: range)
        var start = range.lowerBound
        var pending = start
        while start < range.upperBound {
            if let end = matcher.match(at: start, in: bytes) {
                if pending < start { body(pending..<start, false) }
                body(start..<end, true)
                start = end
                pending = end
            } else {
                start = nextStart(after: start, in: bytes, end: range.upperBound)
            }
        }
        if pending < range.upperBound { body(pending..<range.upperBound, false) }
    }

    /// The text with every match replaced.
    func replacing(in bytes: [UInt8], with content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        forEachPiece(bytes, 0..<bytes.count) { range, isMatch in
            if isMatch { result += content } else { result += bytes[range] }
        }
        return result
    }

    private func nextStart(after start: Int, in bytes: [UInt8], end: Int) -> Int {
        var position = start + decodeScalar(bytes, start).length
        guard let leadingLoop else { return position }
        let set = sets[leadingLoop]
        guard set.contains(decodeScalar(bytes, start).scalar, table) else { return position }
        while position < end {
            let (scalar, length) = decodeScalar(bytes, position)
            if !set.contains(scalar, table) { break }
            position += length
        }
        return position
    }
}

/// Turns the tree into a program.
struct PatternCompiler {
    private(set) var program: [Pattern.Instruction] = []
    private(set) var sets: [ScalarSet] = []
    private let limit = 20_001

    mutating func emit(_ instruction: Pattern.Instruction) {
        program.append(instruction)
    }

    mutating func compile(_ node: PatternNode) {
        guard program.count < limit else { return }
        switch node {
        case .set(let set): emit(.set(index(of: set)))
        case .sequence(let nodes): for node in nodes { compile(node) }
        case .alternation(let nodes): compileAlternation(nodes)
        case .repetition(.set(let set), let repetition): emit(.loop(set: index(of: set), repetition))
        case .repetition(let node, let repetition): compileRepetition(node, repetition)
        case .look(let node, let isNegated):
            let start = reserve()
            compile(node)
            emit(.accept)
            program[start] = .look(end: program.count, isNegated: isNegated)
        case .assertion(let assertion): emit(.assertion(assertion))
        }
    }

    private mutating func reserve() -> Int {
        emit(.accept)
        return program.count - 1
    }

    private mutating func index(of set: ScalarSet) -> Int {
        if let index = sets.firstIndex(of: set) { return index }
        sets.append(set)
        return sets.count - 1
    }

    private mutating func compileAlternation(_ nodes: [PatternNode]) {
        var exits: [Int] = []
        for node in nodes.dropLast() {
            let split = reserve()
            compile(node)
            exits.append(reserve())
            program[split] = .split(first: split + 1, second: program.count)
        }
        if let last = nodes.last { compile(last) }
        for exit in exits { program[exit] = .jump(program.count) }
    }

    private mutating func compileRepetition(_ node: PatternNode, _ repetition: PatternRepetition) {
        for _ in 0..<repetition.minimum { compile(node) }
        let isLazy = repetition.mode == .lazy
        guard let maximum = repetition.maximum else {
            let split = reserve()
            compile(node)
            emit(.jump(split))
            program[split] = Self.split(body: split + 1, exit: program.count, isLazy)
            return
        }
        var splits: [Int] = []
        for _ in repetition.minimum..<max(maximum, repetition.minimum) {
            splits.append(reserve())
            compile(node)
        }
        for split in splits { program[split] = Self.split(body: split + 1, exit: program.count, isLazy) }
    }

    private static func split(body: Int, exit: Int, _ isLazy: Bool) -> Pattern.Instruction {
        isLazy ? .split(first: exit, second: body) : .split(first: body, second: exit)
    }
}
