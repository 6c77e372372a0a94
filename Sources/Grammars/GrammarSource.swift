package import MartletJSON

/// What a generated text must satisfy, as a request states it.
package enum GrammarSource: Sendable, Hashable {
    /// A JSON text that a JSON Schema (draft 2020-12) validates.
    case jsonSchema(JSONValue, JSONGrammarOptions = JSONGrammarOptions())
    /// Any JSON object.
    case jsonObject(JSONGrammarOptions = JSONGrammarOptions())
    /// A text that a regular expression matches as a whole, as Python's `re.fullmatch` does.
    case regex(String)
    /// One of these texts.
    case choices([String])
    /// A text of a grammar in the notation of llama.cpp (GBNF, with `::=`) or of the Lark library.
    case ebnf(String)
    /// Text in which regions satisfy grammars of their own, as `structural_tag` describes it; the options are for JSON
    /// in it.
    case structuralTag(JSONValue, JSONGrammarOptions = JSONGrammarOptions())
}

extension GrammarSource {
    /// The rules of the source, ready for matching.
    fileprivate func grammar(limits: GrammarLimits) throws(GrammarError) -> RuleGrammar {
        var grammar = RuleGrammar(limits: limits)
        grammar.root = try addRule(to: &grammar)
        try grammar.prepare()
        return grammar
    }

    /// Adds the source's rule to a grammar and returns its number.
    func addRule(to grammar: inout RuleGrammar) throws(GrammarError) -> Int32 {
        switch self {
        case .jsonSchema(let schema, let options):
            return try SchemaEmitter.addRule(for: schema, options: options, to: &grammar)
        case .jsonObject(let options):
            return try SchemaEmitter.addRule(for: ["type": "object"], options: options, to: &grammar)
        case .regex(let pattern):
            let node = try RegexParser.parse(pattern, place: "regex", limits: grammar.limits)
            let texts = try RegexCompiler.compile(node, place: "regex", limits: grammar.limits)
            return try grammar.addRule(of: Lexeme(texts: texts, encoding: .plain))
        case .choices(let texts):
            if texts.isEmpty { throw .invalid("there must be at least one choice", at: "choice") }
            let literals = try TextAutomaton.literals(texts, limits: grammar.limits)
            return try grammar.addRule(of: Lexeme(texts: literals, encoding: .plain))
        case .ebnf(let text):
            return try EBNFEmitter.addRule(for: text, to: &grammar)
        case .structuralTag(let tag, let options):
            return try StructuralTagEmitter.addRule(for: tag, options: options, to: &grammar)
        }
    }
}

extension RuleGrammar {
    /// Adds a rule of one lexeme.
    mutating func addRule(of lexeme: Lexeme) throws(GrammarError) -> Int32 {
        let rule = try addRule()
        connect(starts[Int(rule)], .lexeme(addLexeme(lexeme), to: try addState(isFinal: true)))
        return rule
    }
}

extension CompiledGrammar {
    /// Compiles a source for the tokens of a vocabulary.
    ///
    /// It may take long for a large source, so it is not for a thread that others wait for. It stops soon when its task
    /// is cancelled.
    ///
    /// - Parameters:
    ///   - source: what texts must satisfy.
    ///   - vocabulary: the tokens of the model.
    ///   - limits: bounds on what the source may cost.
    ///   - memoryLimit: how many bytes of states and masks are kept at most, about.
    /// - Throws: what is wrong with the source, what of it cannot be enforced, or which limit it exceeds.
    package convenience init(
        _ source: GrammarSource,
        vocabulary: TokenVocabulary,
        limits: GrammarLimits = GrammarLimits(),
        memoryLimit: Int = 64 << 20
    ) throws(GrammarError) {
        let deadline = ContinuousClock.now.advanced(by: limits.time)
        let result = GrammarError.$deadline.withValue(deadline) {
            Result { () throws(GrammarError) in try source.grammar(limits: limits) }
        }
        let grammar = try result.get()
        self.init(grammar: grammar, vocabulary: vocabulary, memoryLimit: memoryLimit)
    }
}
