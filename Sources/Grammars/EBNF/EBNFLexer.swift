import MartletTokenizers

/// A word of a grammar's text.
struct EBNFToken: Sendable {
    /// The kinds of words.
    enum Kind: Sendable, Hashable {
        /// A rule's or terminal's name.
        case name(String)
        /// A text in quotes.
        case literal(String, ignoresCase: Bool)
        /// A set of characters in brackets.
        case set(ScalarRanges)
        /// A regular expression between slashes, and its flags.
        case regex(String, flags: String)
        /// A number.
        case number(Int)
        /// A sign, such as `|` or `::=`.
        case sign(String)
        /// A directive, such as `%ignore`.
        case directive(String)
    }

    /// What it is.
    let kind: Kind
    /// The line that it stands in, from 1.
    let line: Int
}

/// Cuts a grammar's text into words.
struct EBNFLexer {
    private let scalars: [Unicode.Scalar]
    private let dialect: EBNFGrammar.Dialect
    private let limits: GrammarLimits
    private var position = 0
    private var line = 1

    private init(_ text: String, dialect: EBNFGrammar.Dialect, limits: GrammarLimits) {
        scalars = Array(text.unicodeScalars)
        self.dialect = dialect
        self.limits = limits
    }

    /// The words of a text.
    static func tokens(
        of text: String,
        dialect: EBNFGrammar.Dialect,
        limits: GrammarLimits
    ) throws(GrammarError) -> [EBNFToken] {
        var lexer = EBNFLexer(text, dialect: dialect, limits: limits)
        var result: [EBNFToken] = []
        while lexer.skipSpace() {
            let line = lexer.line
            result.append(EBNFToken(kind: try lexer.kind(), line: line))
        }
        return result
    }

    private func invalid(_ what: String) -> GrammarError { .invalid("grammar: \(what)", at: "line \(line)") }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func starts(with text: String) -> Bool {
        scalars[position...].starts(with: text.unicodeScalars)
    }

    /// Skips white space and comments; returns whether anything is left.
    private mutating func skipSpace() -> Bool {
        while let scalar = next {
            let isComment = scalar == "#" || (dialect == .lark && starts(with: "//"))
            if isComment {
                while let scalar = next, scalar != "\n" { _ = advance(scalar) }
            } else if scalar.properties.isWhitespace || scalar == "\u{FEFF}" {
                _ = advance(scalar)
            } else {
                return true
            }
        }
        return false
    }

    private mutating func advance(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar == "\n" { line += 1 }
        position += 1
        return scalar
    }

    private mutating func kind() throws(GrammarError) -> EBNFToken.Kind {
        guard let scalar = next else { throw invalid("the text ends early") }
        if scalar == "\"" { return try literal() }
        if dialect == .gbnf, scalar == "[" { return .set(try set()) }
        if dialect == .lark, scalar == "/" { return try regex() }
        if dialect == .lark, scalar == "%" {
            position += 1
            return .directive(word())
        }
        if Self.isWord(scalar) {
            let text = word()
            guard text.allSatisfy({ ("0"..."9").contains($0) }) else { return .name(text) }
            guard let number = Int(text), number <= limits.textStates else {
                throw .tooLarge("a repeat's bound", limit: limits.textStates, at: "line \(line)")
            }
            return .number(number)
        }
        let signs =
            dialect == .gbnf
            ? ["::=", "|", "(", ")", "{", "}", ",", "*", "+", "?", "."]
            : ["->", "..", ":", "|", "(", ")", "[", "]", "{", "}", ",", "*", "+", "?", "~", ".", "!"]
        for sign in signs where starts(with: sign) {
            position += sign.unicodeScalars.count
            return .sign(sign)
        }
        throw invalid("unexpected `\(scalar)`")
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || ("0"..."9").contains(scalar) || scalar.properties.isXIDContinue
    }

    private mutating func word() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = next, Self.isWord(scalar), !(dialect == .lark && scalar == "-") {
            text.append(advance(scalar))
        }
        return String(text)
    }

    // MARK: - Texts

    /// The source between a delimiter and its unescaped twin, backslashes kept.
    private mutating func delimited(by mark: Unicode.Scalar) throws(GrammarError) -> String {
        position += 1
        var text = String.UnicodeScalarView()
        while let scalar = next, scalar != mark {
            if scalar == "\n" { break }
            text.append(advance(scalar))
            if scalar == "\\", let escaped = next { text.append(advance(escaped)) }
        }
        guard next == mark else { throw invalid("a `\(mark)` is not closed") }
        position += 1
        return String(text)
    }

    private mutating func literal() throws(GrammarError) -> EBNFToken.Kind {
        let source = try delimited(by: "\"")
        let scalars = try RegexParser.literalScalars(source, place: "line \(line)", limits: limits)
        let ignoresCase = dialect == .lark && next == "i" && !isWord(at: position + 1)
        if ignoresCase { position += 1 }
        return .literal(String(String.UnicodeScalarView(scalars)), ignoresCase: ignoresCase)
    }

    private func isWord(at position: Int) -> Bool {
        position < scalars.count && Self.isWord(scalars[position]) && scalars[position] != "-"
    }

    private mutating func set() throws(GrammarError) -> ScalarRanges {
        let start = position
        position += 1
        if next == "^" { position += 1 }
        while let scalar = next, scalar != "]", scalar != "\n" {
            _ = advance(scalar)
            if scalar == "\\", let escaped = next { _ = advance(escaped) }
        }
        guard next == "]" else { throw invalid("a `[` is not closed") }
        position += 1
        let source = String(String.UnicodeScalarView(scalars[start..<position]))
        let node = try RegexParser.parseSet(source, place: "line \(line)", limits: limits)
        return node
    }

    private mutating func regex() throws(GrammarError) -> EBNFToken.Kind {
        let source = try delimited(by: "/").replacing("\\/", with: "/")
        var flags = ""
        while let scalar = next, "imslux".unicodeScalars.contains(scalar) {
            flags.unicodeScalars.append(advance(scalar))
        }
        return .regex(source, flags: flags)
    }
}
