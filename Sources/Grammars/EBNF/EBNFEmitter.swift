/// Turns the rules of a grammar into rules over lexemes.
///
/// What does not call itself is regular and becomes one lexeme where that stays small; calls remain for the rest.
struct EBNFEmitter {
    private let source: EBNFGrammar
    private var grammar: RuleGrammar
    private let ignored: RegexNode?
    private var rules: [String: Int32] = [:]
    private var unfinished: [String] = []
    private var regular: [String: RegexNode?] = [:]
    private var isOpen: Set<String> = []
    private var work = 0
    private var failedJoins = 0

    /// The most parts that a regular expression may have which several rules make together.
    private static let joinedSize = 2_000
    /// The most states of an automaton that several parts make together.
    private static let joinedStates = 4_000

    /// How many parts may turn out to need too many states before none is tried any more.
    private static let failedJoinLimit = 16

    /// Adds a grammar's rules and returns the number of its root.
    static func addRule(for text: String, to grammar: inout RuleGrammar) throws(GrammarError) -> Int32 {
        let source = try EBNFParser.parse(text, limits: grammar.limits)
        if source.dialect == .gbnf { try source.checkLeftRecursion() }
        var emitter = try EBNFEmitter(source: source, grammar: grammar)
        let root = try emitter.rootRule()
        while let name = emitter.unfinished.popLast() { try emitter.fill(name) }
        grammar = emitter.grammar
        return root
    }

    private init(source: EBNFGrammar, grammar: RuleGrammar) throws(GrammarError) {
        self.source = source
        self.grammar = grammar
        if source.ignored.isEmpty {
            ignored = nil
        } else {
            var finder = EBNFEmitter(terminalsOf: source, grammar: grammar)
            guard let node = try finder.node(.choice(source.ignored)) else {
                throw .unsupported("a recursive rule under `%ignore`", at: "%ignore")
            }
            ignored = .repetition(node, minimum: 0, maximum: nil)
        }
    }

    private init(terminalsOf source: EBNFGrammar, grammar: RuleGrammar) {
        self.source = source
        self.grammar = grammar
        ignored = nil
    }

    private mutating func rootRule() throws(GrammarError) -> Int32 {
        guard let ignored else { return try rule(source.root, line: 1) }
        // ignored text may also come first
        let root = try grammar.addRule()
        let begin = try grammar.addState()
        let end = try grammar.addState(isFinal: true)
        try addLexeme(ignored, from: grammar.starts[Int(root)], to: begin)
        grammar.connect(begin, .call(try rule(source.root, line: 1), to: end))
        return root
    }

    private mutating func rule(_ name: String, line: Int) throws(GrammarError) -> Int32 {
        if let known = rules[name] { return known }
        guard source.rules[name] != nil else { throw .invalid("grammar: no rule `\(name)`", at: "line \(line)") }
        let rule = try grammar.addRule()
        rules[name] = rule
        unfinished.append(name)
        return rule
    }

    private mutating func fill(_ name: String) throws(GrammarError) {
        guard let expression = source.rules[name], let rule = rules[name] else { return }
        try add(expression, from: grammar.starts[Int(rule)], to: grammar.addState(isFinal: true))
    }

    // MARK: - Edges

    private mutating func add(
        _ expression: EBNFGrammar.Expression,
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        work += 1
        guard work <= grammar.limits.ruleStates else {
            throw .tooLarge("the size of the grammar", limit: grammar.limits.ruleStates, at: "the grammar")
        }
        if let node = try lexemeNode(expression), try addJoined(node, from: start, to: end) { return }
        switch expression {
        case .regular(let node): try addLexeme(node, from: start, to: end)
        case .name(let name, let line): grammar.connect(start, .call(try rule(name, line: line), to: end))
        case .sequence(let parts):
            var state = start
            for (index, part) in parts.enumerated() {
                let next = index == parts.count - 1 ? end : try grammar.addState()
                try add(part, from: state, to: next)
                state = next
            }
            if parts.isEmpty { grammar.connect(start, .free(to: end)) }
        case .choice(let branches):
            for branch in branches { try add(branch, from: start, to: end) }
        case .repetition(let part, let minimum, let maximum):
            try addRepetition(part, minimum, maximum, from: start, to: end)
        }
    }

    private mutating func addRepetition(
        _ part: EBNFGrammar.Expression,
        _ minimum: Int,
        _ maximum: Int?,
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        var state = start
        for _ in 0..<minimum {
            let next = try grammar.addState()
            try add(part, from: state, to: next)
            state = next
        }
        guard let maximum else {
            let loop = try grammar.addState()
            grammar.connect(state, .free(to: loop))
            try add(part, from: loop, to: loop)
            grammar.connect(loop, .free(to: end))
            return
        }
        for _ in minimum..<max(minimum, maximum) {
            grammar.connect(state, .free(to: end))
            let next = try grammar.addState()
            try add(part, from: state, to: next)
            state = next
        }
        grammar.connect(state, .free(to: end))
    }

    /// Adds the lexeme of a terminal or a regular part, with what may be ignored after it.
    private mutating func addLexeme(_ node: RegexNode, from start: Int32, to end: Int32) throws(GrammarError) {
        let whole = ignored.map { isSpace(node) ? node : .sequence([node, $0]) } ?? node
        let lexeme = try grammar.addLexeme(whole, place: "the grammar")
        grammar.connect(start, .lexeme(lexeme, to: end))
    }

    private func isSpace(_ node: RegexNode) -> Bool { node == ignored }

    /// Adds a lexeme for a whole expression unless that needs too many states.
    private mutating func addJoined(_ node: RegexNode, from start: Int32, to end: Int32) throws(GrammarError) -> Bool {
        if failedJoins > Self.failedJoinLimit { return false }
        var limits = grammar.limits
        limits.textStates = min(limits.textStates, Self.joinedStates)
        let whole = ignored.map { .sequence([node, $0]) } ?? node
        do {
            let texts = try RegexCompiler.compile(whole, place: "the grammar", limits: limits)
            grammar.connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: texts, encoding: .plain)), to: end))
            return true
        } catch {
            if case .tooLarge = error {
                failedJoins += 1
                return false
            }
            throw error
        }
    }

    // MARK: - Regular parts

    /// The expression as one regular expression where it may become one lexeme.
    private mutating func lexemeNode(_ expression: EBNFGrammar.Expression) throws(GrammarError) -> RegexNode? {
        if ignored != nil {
            // between the terminals of a rule something may be ignored, within a terminal not
            switch expression {
            case .regular: break
            case .name(let name, _) where source.isTerminal(name): break
            default: return nil
            }
        }
        guard let node = try node(expression), node.size <= Self.joinedSize else { return nil }
        return node
    }

    /// The expression as a regular expression, or `nil` when rules in it call themselves or it is large.
    private mutating func node(_ expression: EBNFGrammar.Expression) throws(GrammarError) -> RegexNode? {
        switch expression {
        case .regular(let node): return node
        case .name(let name, let line):
            if let known = regular[name] { return known }
            guard let body = source.rules[name] else {
                throw .invalid("grammar: no rule `\(name)`", at: "line \(line)")
            }
            guard isOpen.count < grammar.limits.nesting, isOpen.insert(name).inserted else { return nil }
            defer { isOpen.remove(name) }
            var result = try node(body)
            if let node = result, node.size > Self.joinedSize { result = nil }
            // within an open rule a failure may only mean that the rule is open
            if result != nil || isOpen.count == 1 { regular[name] = .some(result) }
            return result
        case .sequence(let parts):
            guard let nodes = try nodes(parts) else { return nil }
            return .sequence(nodes)
        case .choice(let branches):
            guard let nodes = try nodes(branches) else { return nil }
            return .choice(nodes)
        case .repetition(let part, let minimum, let maximum):
            return try node(part).map { .repetition($0, minimum: minimum, maximum: maximum) }
        }
    }

    private mutating func nodes(_ list: [EBNFGrammar.Expression]) throws(GrammarError) -> [RegexNode]? {
        var result: [RegexNode] = []
        var size = 0
        for expression in list {
            guard let node = try node(expression) else { return nil }
            size += node.size
            guard size <= Self.joinedSize else { return nil }
            result.append(node)
        }
        return result
    }
}

extension RegexNode {
    /// How many parts the tree has once repeats are written out.
    var size: Int {
        switch self {
        case .empty, .scalars, .assertion: 1
        case .sequence(let parts), .choice(let parts): parts.reduce(1) { min($0 + $1.size, 1 << 30) }
        case .repetition(let part, let minimum, let maximum):
            min(part.size, 1 << 24) * max(1, min(max(minimum, maximum ?? 1), 1 << 20))
        }
    }
}
