/// Parses Oniguruma's syntax, in which `tokenizer.json` has its patterns.
///
/// Left out are what tokenizers have no use for: calls of groups, conditions, absent operators, callouts, text segments,
/// `\K` and raw bytes. Each is an error that names it, never a guess.
struct PatternParser {
    /// What the letters of `(?imx)` switch.
    struct Options {
        /// Whether letters match in both cases.
        var ignoresCase = false
        /// Whether `.` matches a line feed too.
        var matchesLines = false
        /// Whether white space and comments are no part of the pattern.
        var isExtended = false
    }

    let pattern: String
    let text: [UInt32]
    /// The offset of the next character.
    var position = 0
    /// The options in force.
    var options = Options()
    /// How many groups are open.
    var depth = 0
    /// How many groups that look behind are open.
    var lookBehindDepth = 0
    /// How many groups remember their match.
    var captureCount = 0
    /// The numbers of the groups with a name.
    var names: [[UInt32]: [Int]] = [:]
    /// Whether groups without a name remember nothing: where others have names.
    let capturesOnlyNames: Bool
    /// Groups that are referred to by number.
    var references: Set<Int> = []

    private init(_ pattern: String, capturesOnlyNames: Bool) {
        self.pattern = pattern
        self.capturesOnlyNames = capturesOnlyNames
        text = scalars(of: Array(pattern.utf8))
    }

    /// The tree of a regular expression.
    static func parse(_ pattern: String) throws(TokenizerError) -> PatternNode {
        var parser = PatternParser(pattern, capturesOnlyNames: false)
        var node = try parser.whole()
        if !parser.names.isEmpty {
            parser = PatternParser(pattern, capturesOnlyNames: true)
            node = try parser.whole()
        }
        return node
    }

    private mutating func whole() throws(TokenizerError) -> PatternNode {
        guard text.count <= 10_000 else { throw unsupported("it is too long") }
        let node = try alternation()
        guard position == text.count else { throw unsupported("unexpected ')'") }
        if capturesOnlyNames, !references.isEmpty { throw unsupported("a number of a group where groups have names") }
        if let number = references.max(), number > captureCount { throw unsupported("there is no group \(number)") }
        return node
    }

    /// The error for what begins before the next character.
    func unsupported(_ reason: String) -> TokenizerError {
        .unsupportedPattern(pattern: pattern, offset: position, reason: reason)
    }

    /// The next character, or one after it.
    func peek(_ offset: Int = 0) -> UInt32? {
        position + offset < text.count ? text[position + offset] : nil
    }

    /// Whether the character is next.
    func isNext(_ character: Unicode.Scalar, at offset: Int = 0) -> Bool {
        peek(offset) == character.value
    }

    /// Consumes the characters, when they are next.
    mutating func take(_ expected: String) -> Bool {
        let wanted = expected.unicodeScalars.map(\.value)
        guard text[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    /// Consumes a character.
    mutating func next() throws(TokenizerError) -> UInt32 {
        guard let scalar = peek() else { throw unsupported("it ends too early") }
        position += 1
        return scalar
    }

    /// Consumes decimal digits; `nil` where there are none.
    mutating func number() -> Int? {
        var value: Int?
        while let digit = peek(), (0x30...0x39).contains(digit), (value ?? 0) < 1_000_000 {
            value = (value ?? 0) * 10 + Int(digit - 0x30)
            position += 1
        }
        return value
    }

    /// Parses branches up to the end of the group.
    mutating func alternation() throws(TokenizerError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw unsupported("it is nested too deep") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternation(branches)
    }

    private mutating func sequence() throws(TokenizerError) -> PatternNode {
        var nodes: [PatternNode] = []
        // letters that ignore case, which may match one for several
        var letters: [UInt32] = []
        func flush() {
            nodes += Self.folded(letters, matchesSeveral: lookBehindDepth == 0)
            letters = []
        }
        while skipComments(), !isNext("|"), !isNext(")") {
            let literal = options.ignoresCase ? try foldedLiteral() : nil
            if let literal, skipComments(), isQuantifier {
                flush()
                let node = Self.folded([literal], matchesSeveral: lookBehindDepth == 0)
                nodes.append(try repeated(node.count == 1 ? node[0] : .sequence(node)))
            } else if let literal {
                letters.append(literal)
            } else {
                flush()
                nodes.append(try repeated(try atom()))
            }
        }
        flush()
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    /// What matches letters in both cases: set by set, unless one may match several.
    private static func folded(_ letters: [UInt32], matchesSeveral: Bool) -> [PatternNode] {
        let folding = CaseFolding.shared
        let text = letters.flatMap { folding.several($0) ?? [folding.single($0)] }
        if matchesSeveral, text.count > letters.count || folding.mayJoin(text) { return [.folded(text)] }
        return letters.map { .set(ScalarSet(ranges: folding.equals($0).map { $0...$0 })) }
    }

    /// Skips what is no part of an extended pattern; false at the end.
    mutating func skipComments() -> Bool {
        while let scalar = peek() {
            if isNext("("), isNext("?", at: 1), isNext("#", at: 2) {
                while let scalar = peek(), scalar != 0x29 { position += scalar == 0x5C ? 2 : 1 }
                position = min(position + 1, text.count)
            } else if options.isExtended, [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D].contains(scalar) {
                position += 1
            } else if options.isExtended, scalar == 0x23 {
                while let scalar = peek(), scalar != 0x0A { position += 1 }
            } else {
                return true
            }
        }
        return false
    }

    private mutating func atom() throws(TokenizerError) -> PatternNode {
        if take("(") { return try group() }
        if take("[") { return try bracketNode() }
        if take(".") { return .set(Self.any(withLines: options.matchesLines)) }
        if take("^") { return .assertion(.lineStart) }
        if take("$") { return .assertion(.lineEnd) }
        if isNext("*") || isNext("+") || isNext("?") { throw unsupported("nothing to repeat") }
        if take("\\") { return try escapeNode() }
        return .set(ScalarSet(try next()))
    }

    /// Every character, or every one but the line feed.
    static func any(withLines: Bool) -> ScalarSet {
        var set = withLines ? ScalarSet() : ScalarSet(0x0A)
        set.invert()
        return set
    }
}
