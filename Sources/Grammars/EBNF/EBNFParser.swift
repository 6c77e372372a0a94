import MartletTokenizers

/// Reads the words of a grammar as rules.
struct EBNFParser {
    let tokens: [EBNFToken]
    let limits: GrammarLimits
    var grammar: EBNFGrammar
    var position = 0
    private var depth = 0

    private init(tokens: [EBNFToken], dialect: EBNFGrammar.Dialect, limits: GrammarLimits) {
        self.tokens = tokens
        self.limits = limits
        grammar = EBNFGrammar(dialect: dialect)
    }

    /// The rules of a grammar in either notation; `::=` tells them apart.
    static func parse(_ text: String, limits: GrammarLimits) throws(GrammarError) -> EBNFGrammar {
        guard text.utf8.count <= limits.sourceBytes else {
            throw .tooLarge("the grammar's length", limit: limits.sourceBytes, at: "the grammar")
        }
        let dialect: EBNFGrammar.Dialect = text.contains("::=") ? .gbnf : .lark
        let tokens = try EBNFLexer.tokens(of: text, dialect: dialect, limits: limits)
        var parser = EBNFParser(tokens: tokens, dialect: dialect, limits: limits)
        try parser.parse()
        guard parser.grammar.rules[parser.grammar.root] != nil else {
            throw .invalid("there is no rule `\(parser.grammar.root)`", at: "the grammar")
        }
        return parser.grammar
    }

    func invalid(_ what: String) -> GrammarError { .invalid("grammar: \(what)", at: "line \(line)") }

    var line: Int { position < tokens.count ? tokens[position].line : tokens.last?.line ?? 1 }
    var next: EBNFToken.Kind? { position < tokens.count ? tokens[position].kind : nil }

    mutating func take(_ sign: String) -> Bool {
        guard next == .sign(sign) else { return false }
        position += 1
        return true
    }

    mutating func takeName() -> String? {
        guard case .name(let name) = next else { return nil }
        position += 1
        return name
    }

    // MARK: - Rules

    private mutating func parse() throws(GrammarError) {
        while let token = next {
            try GrammarError.checkCancellation()
            if case .directive(let name) = token {
                position += 1
                try directive(name)
                continue
            }
            _ = take("?") || take("!")
            guard let name = takeName() else { throw invalid("a rule must begin with its name") }
            if take("{") { throw .unsupported("a rule with parameters", at: "line \(line)") }
            if take("."), case .number = next { position += 1 }
            guard take(grammar.dialect == .gbnf ? "::=" : ":") else {
                throw invalid("the rule `\(name)` has no `\(grammar.dialect == .gbnf ? "::=" : ":")`")
            }
            guard grammar.rules[name] == nil else { throw invalid("the rule `\(name)` is there twice") }
            grammar.rules[name] = try choice()
        }
    }

    /// Whether another rule or directive begins here.
    private var isAtRule: Bool {
        guard let token = next else { return true }
        if case .directive = token { return true }
        var index = position
        if token == .sign("?") || token == .sign("!") { index += 1 }
        guard index < tokens.count, case .name = tokens[index].kind else { return false }
        index += 1
        if index + 1 < tokens.count, tokens[index].kind == .sign("."), case .number = tokens[index + 1].kind {
            index += 2
        }
        guard index < tokens.count else { return false }
        if tokens[index].kind == .sign("{"), index + 1 < tokens.count, case .name = tokens[index + 1].kind {
            return true
        }
        return tokens[index].kind == .sign(grammar.dialect == .gbnf ? "::=" : ":")
    }

    mutating func choice() throws(GrammarError) -> EBNFGrammar.Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.nesting else {
            throw .tooLarge("the nesting of groups", limit: limits.nesting, at: "line \(line)")
        }
        _ = take("|")
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(GrammarError) -> EBNFGrammar.Expression {
        var parts: [EBNFGrammar.Expression] = []
        while !isAtRule, let part = try atom() { parts.append(try repeated(part)) }
        if take("->"), takeName() == nil { throw invalid("an alias must be a name") }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws(GrammarError) -> EBNFGrammar.Expression? {
        guard let token = next else { return nil }
        let line = self.line
        switch token {
        case .name(let name):
            position += 1
            return .name(name, line: line)
        case .literal(let text, let ignoresCase):
            position += 1
            if take("..") { return .regular(.scalars(try range(from: text))) }
            var sets = text.unicodeScalars.map { ScalarRanges($0.value) }
            if ignoresCase { sets = sets.map(UnicodeSets.ignoringCase) }
            return .regular(.sequence(sets.map { .scalars($0) }))
        case .set(let set):
            position += 1
            return .regular(.scalars(set))
        case .regex(let source, let flags):
            position += 1
            return .regular(try regex(source, flags, line))
        case .sign("."):
            position += 1
            return .regular(.scalars(.all))
        case .sign("("):
            position += 1
            let inner = try choice()
            guard take(")") else { throw invalid("a `(` is not closed") }
            return inner
        case .sign("["):
            position += 1
            let inner = try choice()
            guard take("]") else { throw invalid("a `[` is not closed") }
            return .repetition(inner, minimum: 0, maximum: 1)
        case .sign("|"), .sign(")"), .sign("]"), .sign("->"): return nil
        default: throw invalid("an expression cannot begin here")
        }
    }

    private mutating func range(from low: String) throws(GrammarError) -> ScalarRanges {
        guard case .literal(let high, _) = next, let first = low.unicodeScalars.first, low.unicodeScalars.count == 1,
            let last = high.unicodeScalars.first, high.unicodeScalars.count == 1, first <= last
        else { throw invalid("a range must lie between two characters in order") }
        position += 1
        return ScalarRanges([first.value...last.value])
    }

    private func regex(_ source: String, _ flags: String, _ line: Int) throws(GrammarError) -> RegexNode {
        var options = RegexParser.Flags()
        options.ignoresCase = flags.contains("i")
        options.isMultiline = flags.contains("m")
        options.dotMatchesAll = flags.contains("s")
        options.isVerbose = flags.contains("x")
        return try RegexParser.parse(source, flags: options, place: "line \(line)", limits: limits)
    }

    // MARK: - Repeats

    private mutating func repeated(_ part: EBNFGrammar.Expression) throws(GrammarError) -> EBNFGrammar.Expression {
        var result = part
        var count = 0
        while !isAtRule, let (minimum, maximum) = try bounds() {
            count += 1
            guard count <= limits.nesting else {
                throw .tooLarge("repeats of repeats", limit: limits.nesting, at: "line \(line)")
            }
            if let maximum, maximum < minimum { throw invalid("a repeat's bounds are in the wrong order") }
            result = .repetition(result, minimum: minimum, maximum: maximum)
        }
        return result
    }

    private mutating func bounds() throws(GrammarError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        if take("~") {
            guard let minimum = number() else { throw invalid("`~` needs a number") }
            guard take("..") else { return (minimum, minimum) }
            guard let maximum = number() else { throw invalid("`..` needs a number") }
            return (minimum, maximum)
        }
        guard take("{") else { return nil }
        let minimum = number()
        var maximum = minimum
        if take(",") { maximum = number() } else if minimum == nil { throw invalid("a repeat needs a number") }
        guard take("}") else { throw invalid("a `{` is not closed") }
        return (minimum ?? 0, maximum)
    }

    private mutating func number() -> Int? {
        guard case .number(let value) = next else { return nil }
        position += 1
        return value
    }
}
