import MartletJSON

/// Turns the nodes of a schema graph into rules of a grammar over JSON texts.
struct SchemaEmitter {
    /// The lexemes between values.
    struct Punctuation {
        let arrayOpen: Int32
        let arrayClose: Int32
        let emptyArrayClose: Int32
        let objectOpen: Int32
        let objectClose: Int32
        let emptyObjectClose: Int32
        let comma: Int32
        let colon: Int32
    }

    var graph: SchemaGraph
    private(set) var grammar: RuleGrammar
    let punctuation: Punctuation
    private var containerRules: [Int: Int32] = [:]
    private var unfinished: [Int] = []
    private var finite: [Int: [JSONValue]?] = [:]

    /// Adds the rule of a schema to a grammar.
    ///
    /// - Returns: the rule's number.
    static func addRule(
        for schema: JSONValue,
        options: JSONGrammarOptions,
        to grammar: inout RuleGrammar
    ) throws(GrammarError) -> Int32 {
        var graph = SchemaGraph(root: schema, options: options, limits: grammar.limits)
        let root = try graph.schema(schema, at: "#")
        var emitter = try SchemaEmitter(graph: graph, grammar: grammar)
        let rule = try emitter.grammar.addRule()
        let end = try emitter.grammar.addState(isFinal: true)
        try emitter.addValue(root, from: emitter.grammar.starts[Int(rule)], to: end)
        try emitter.finishRules()
        grammar = emitter.grammar
        return rule
    }

    private init(graph: SchemaGraph, grammar: RuleGrammar) throws(GrammarError) {
        self.graph = graph
        var grammar = grammar
        let texts = try JSONPunctuation.texts(graph.options.whitespace, limits: graph.limits)
        let lexemes = texts.enumerated().map { index, texts in
            let role = index == JSONPunctuation.objectOpen ? Lexeme.Role.objectOpen : .none
            return grammar.addLexeme(Lexeme(texts: texts, encoding: .plain, role: role))
        }
        punctuation = Punctuation(
            arrayOpen: lexemes[0],
            arrayClose: lexemes[1],
            emptyArrayClose: lexemes[2],
            objectOpen: lexemes[JSONPunctuation.objectOpen],
            objectClose: lexemes[4],
            emptyObjectClose: lexemes[5],
            comma: lexemes[6],
            colon: lexemes[7]
        )
        self.grammar = grammar
    }

    // MARK: - Building

    mutating func addState() throws(GrammarError) -> Int32 { try grammar.addState() }

    mutating func connect(_ from: Int32, _ edge: RuleGrammar.Edge) { grammar.connect(from, edge) }

    /// Adds edges for the values of a node.
    mutating func addValue(_ node: Int, from start: Int32, to end: Int32) throws(GrammarError) {
        let values = try graph.values(of: node)
        var words: [String] = []
        if values.hasNull { words.append("null") }
        if values.hasTrue { words.append("true") }
        if values.hasFalse { words.append("false") }
        if !words.isEmpty {
            let texts = try TextAutomaton.literals(words, limits: graph.limits)
            connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: texts, encoding: .plain)), to: end))
        }
        switch values.numbers {
        case .none: break
        case .all:
            connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: NumberTexts.all, encoding: .plain)), to: end))
        case .some(let set):
            let texts =
                set == NumberTexts.integers
                ? NumberTexts.writtenIntegers : try NumberTexts.written(set, limits: graph.limits)
            connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: texts, encoding: .plain)), to: end))
        }
        if case .some(let texts) = values.strings {
            connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: texts, encoding: .quoted)), to: end))
        } else if values.strings == .all {
            connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: .everything, encoding: .freelyQuoted)), to: end))
        }
        if values.arrays.isEmpty && values.objects.isEmpty { return }
        connect(start, .call(try containerRule(node), to: end))
    }

    /// The rule of a node's arrays and objects.
    private mutating func containerRule(_ node: Int) throws(GrammarError) -> Int32 {
        if let known = containerRules[node] { return known }
        let rule = try grammar.addRule()
        containerRules[node] = rule
        unfinished.append(node)
        return rule
    }

    /// Fills the rules that were only called so far.
    private mutating func finishRules() throws(GrammarError) {
        while let node = unfinished.popLast() {
            guard let rule = containerRules[node] else { continue }
            let start = grammar.starts[Int(rule)]
            let end = try grammar.addState(isFinal: true)
            let values = try graph.values(of: node)
            for shape in values.arrays { try addArray(shape, from: start, to: end) }
            for shape in values.objects {
                for resolved in try shape.resolvingNeeds(in: &graph) { try addObject(resolved, from: start, to: end) }
            }
        }
    }

    /// Adds a name's edge; the value follows.
    mutating func addMember(
        names: TextAutomaton,
        _ node: Int,
        role: Lexeme.Role = .none,
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        let named = try addState()
        let valued = try addState()
        connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: names, encoding: .quoted, role: role)), to: named))
        connect(named, .lexeme(punctuation.colon, to: valued))
        try addValue(node, from: valued, to: end)
    }

    // MARK: - Finite sets

    /// The values of a node if there are few, else `nil`.
    mutating func finiteValues(of node: Int) throws(GrammarError) -> [JSONValue]? {
        if let known = finite[node] { return known }
        let values = try graph.values(of: node)
        var result: [JSONValue]? = nil
        if values.arrays.isEmpty, values.objects.isEmpty {
            var list: [JSONValue] = []
            if values.hasNull { list.append(.null) }
            if values.hasTrue { list.append(true) }
            if values.hasFalse { list.append(false) }
            let numbers = try values.numbers.intersection(.some(NumberTexts.shortest), limits: graph.limits)
            let texts = (numbers.fewTexts(limit: 64), values.strings.fewTexts(limit: 64))
            if let numbers = texts.0, let strings = texts.1 {
                for text in numbers {
                    guard let value = try? JSONParser.parse(text) else { continue }
                    list.append(value)
                }
                result = list + strings.map { .string($0) }
            }
        }
        finite[node] = .some(result)
        return result
    }
}

extension RuleGrammar {
    /// Adds a lexeme of texts that match a tree, written as they are.
    mutating func addLexeme(_ node: RegexNode, place: String) throws(GrammarError) -> Int32 {
        addLexeme(Lexeme(texts: try RegexCompiler.compile(node, place: place, limits: limits), encoding: .plain))
    }
}

extension TextSet {
    /// All texts of the set when there are at most so many, else `nil`.
    func fewTexts(limit: Int) -> [String]? {
        switch self {
        case .none: return []
        case .all: return nil
        case .some(let texts): return texts.fewTexts(limit: limit)
        }
    }
}

extension TextAutomaton {
    /// All texts of the set when there are at most so many and none is long, else `nil`.
    fileprivate func fewTexts(limit: Int) -> [String]? {
        var result: [String] = []
        var pending: [(state: Int32, text: String.UnicodeScalarView)] = [(0, .init())]
        var steps = 0
        while let (state, text) = pending.popLast() {
            steps += 1
            // a loop never runs out
            guard steps <= limit * 64, text.count <= stateCount else { return nil }
            if accepting[Int(state)] { result.append(String(text)) }
            if result.count > limit { return nil }
            for run in partition.starts.indices.reversed() {
                let target = next[Int(state) * classCount + Int(partition.classes[run])]
                if target == Self.dead { continue }
                guard partition.end(ofRun: run) - partition.starts[run] < UInt32(limit) else { return nil }
                for value in (partition.starts[run]...partition.end(ofRun: run)).reversed() {
                    guard let scalar = Unicode.Scalar(value) else { continue }
                    pending.append((target, text + [scalar]))
                }
            }
        }
        return result
    }
}
