/// A regular expression, compiled for a backtracking matcher over valid UTF-8.
///
/// Semantics are those of Oniguruma as the reference uses it: leftmost, first alternative, greedy. Unicode classes come
/// from tables measured on it. Matching gives up after a number of steps that is linear in the text's length; what is
/// left of the text then has no match, and `PatternExhaustion` says so.
struct Pattern: Sendable {
    /// One step of the compiled program.
    enum Instruction: Sendable {
        case set(Int)
        case loop(set: Int, PatternRepetition)
        case folded([UInt32])
        case split(first: Int, second: Int)
        case jump(Int)
        case look(end: Int, isNegated: Bool)
        case lookBehind(end: Int, isNegated: Bool, minimum: Int, maximum: Int?)
        case atomic(end: Int)
        case save(register: Int)
        case leaveIfEmpty(register: Int, exit: Int)
        case backreference([Int], ignoresCase: Bool)
        case assertion(PatternAssertion)
        case accept
    }

    /// The regular expression as it is written; empty for a literal.
    let source: String
    let program: [Instruction]
    let sets: [ScalarSet]
    /// How many positions the program remembers.
    let registerCount: Int
    /// The set of a leading unbounded loop: a failure inside a run of it is a failure in the rest of the run.
    let leadingLoop: Int?
    let table = ScalarClasses.shared
    /// Finds the same matches faster, where there is such a scanner.
    private(set) var scanner: PatternScanner?

    /// The pattern of a regular expression.
    init(regex: String) throws(TokenizerError) {
        let node = try PatternParser.parse(regex)
        var compiler = PatternCompiler(node)
        compiler.emit(.accept)
        guard compiler.program.count < PatternCompiler.limit else {
            throw .unsupportedPattern(pattern: regex, offset: 0, reason: "it is too large")
        }
        self.init(compiler, source: regex)
        scanner = PatternScanner(regex: regex, node)
    }

    /// The pattern that matches exactly this text.
    init(literal: String) {
        var compiler = PatternCompiler(.sequence(literal.unicodeScalars.map { .set(ScalarSet($0.value)) }))
        compiler.emit(.accept)
        self.init(compiler)
        // an empty text matches everywhere
        if !literal.isEmpty { scanner = .literal(Array(literal.utf8)) }
    }

    /// The pattern of any of the trees that matches.
    init(anyOf nodes: [PatternNode]) {
        var compiler = PatternCompiler(.alternation(nodes))
        compiler.emit(.accept)
        self.init(compiler)
    }

    private init(_ compiler: PatternCompiler, source: String = "") {
        self.source = source
        program = compiler.program
        sets = compiler.sets
        registerCount = compiler.registerCount
        if case .loop(let set, let repetition) = compiler.program[0], repetition.maximum == nil,
            repetition.mode == .greedy
        {
            leadingLoop = set
        } else {
            leadingLoop = nil
        }
    }

    /// Calls back with the pieces of a text in order: what matches, which may be empty, and what lies between, which is not.
    ///
    /// An empty match right after a match does not count.
    func forEachPiece(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void) {
        if let scanner { return scanner.forEachPiece(bytes, range, body) }
        var matcher = PatternMatcher(pattern: self, bounds: range)
        var start = range.lowerBound
        var pending = start
        var lastEnd: Int?
        while let match = matcher.firstMatch(from: start, in: bytes) {
            if match.isEmpty, match.lowerBound == lastEnd {
                if start >= range.upperBound { break }
                start += decodeScalar(bytes, start).length
                continue
            }
            if pending < match.lowerBound { body(pending..<match.lowerBound, false) }
            body(match, true)
            start = match.upperBound
            pending = start
            lastEnd = start
        }
        if pending < range.upperBound { body(pending..<range.upperBound, false) }
    }

    /// Where the first match lies that is not empty.
    func firstMatch(in bytes: [UInt8]) -> Range<Int>? {
        var found: Range<Int>?
        forEachPiece(bytes, bytes.indices) { range, isMatch in
            if found == nil, isMatch, !range.isEmpty { found = range }
        }
        return found
    }

    /// The text with every match replaced.
    func replacing(in bytes: [UInt8], with content: [UInt8]) -> [UInt8] {
        if bytes.isEmpty { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        forEachPiece(bytes, 0..<bytes.count) { range, isMatch in
            if isMatch { result += content } else { result += bytes[range] }
        }
        return result
    }
}
