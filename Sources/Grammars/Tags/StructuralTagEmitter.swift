import MartletJSON

/// Turns a structural tag, text in which regions must satisfy grammars of their own, into rules.
struct StructuralTagEmitter {
    private var grammar: RuleGrammar
    private let options: JSONGrammarOptions
    private var depth = 0

    /// Adds the rule of a structural tag to a grammar.
    ///
    /// - Returns: the rule's number.
    static func addRule(
        for tag: JSONValue,
        options: JSONGrammarOptions,
        to grammar: inout RuleGrammar
    ) throws(GrammarError) -> Int32 {
        var emitter = StructuralTagEmitter(grammar: grammar, options: options)
        let rule = try emitter.grammar.addRule()
        let start = emitter.grammar.starts[Int(rule)]
        let end = try emitter.grammar.addState(isFinal: true)
        if tag["structures"] != nil {
            try emitter.add(legacyFormat(tag), at: "#", avoiding: [], from: start, to: end)
        } else {
            guard let format = tag["format"] else {
                throw .invalid("a structural tag needs `format`, or `structures` and `triggers`", at: "#")
            }
            try emitter.add(format, at: "#/format", avoiding: [], from: start, to: end)
        }
        grammar = emitter.grammar
        return rule
    }

    private init(grammar: RuleGrammar, options: JSONGrammarOptions) {
        self.grammar = grammar
        self.options = options
    }

    /// `structures` and `triggers` as a format of today.
    private static func legacyFormat(_ tag: JSONValue) throws(GrammarError) -> JSONValue {
        guard let structures = tag["structures"]?.array, let triggers = tag["triggers"] else {
            throw .invalid("`structures` and `triggers` must be lists", at: "#")
        }
        let tags = structures.map { structure -> JSONValue in
            [
                "type": "tag", "begin": structure["begin"] ?? .null, "end": structure["end"] ?? .null,
                "content": ["type": "json_schema", "json_schema": structure["schema"] ?? true],
            ]
        }
        return ["type": "triggered_tags", "triggers": triggers, "tags": .array(tags)]
    }

    // MARK: - Formats

    /// Adds edges for a format; free text in it must not hold `stops`, which mean that it has ended.
    private mutating func add(
        _ format: JSONValue,
        at place: String,
        avoiding stops: [String],
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= grammar.limits.nesting else {
            throw .tooLarge("the nesting of formats", limit: grammar.limits.nesting, at: place)
        }
        guard let type = format["type"]?.string else { throw .invalid("a format needs a `type`", at: place) }
        switch type {
        case "const_string":
            try addLiterals([text(format, "value", at: place)], from: start, to: end)
        case "json_schema":
            if let style = format["style"]?.string, style != "json" {
                throw .unsupported("the style `\(style)`", at: place + "/style")
            }
            try call(.jsonSchema(format["json_schema"] ?? true, options), from: start, to: end)
        case "regex": try call(.regex(text(format, "pattern", at: place)), from: start, to: end)
        case "grammar": try call(.ebnf(text(format, "grammar", at: place)), from: start, to: end)
        case "any_text":
            let excluded = try texts(format["excludes"] ?? .array([]), at: place + "/excludes")
            try addFreeText(avoiding: stops + excluded, from: start, to: end)
        case "sequence": try addSequence(format, at: place, avoiding: stops, from: start, to: end)
        case "or":
            for (index, element) in try elements(format, "elements", at: place).enumerated() {
                try add(element, at: place + "/elements/\(index)", avoiding: stops, from: start, to: end)
            }
        case "tag": try addTag(format, at: place, from: start, to: end)
        case "triggered_tags": try addTriggeredTags(format, at: place, avoiding: stops, from: start, to: end)
        case "tags_with_separator": try addSeparatedTags(format, at: place, from: start, to: end)
        case "optional", "star", "plus":
            try addRepeated(format, type, at: place, avoiding: stops, from: start, to: end)
        default: throw .unsupported("the format `\(type)`", at: place + "/type")
        }
    }

    private mutating func addSequence(
        _ format: JSONValue,
        at place: String,
        avoiding stops: [String],
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        let parts = try elements(format, "elements", at: place)
        var state = start
        for (index, element) in parts.enumerated() {
            let next = index == parts.count - 1 ? end : try grammar.addState()
            // free text ends where the next part begins
            var ends = stops
            if index + 1 < parts.count, let begin = parts[index + 1]["begin"] ?? parts[index + 1]["value"] {
                ends += try texts(begin, at: place + "/elements/\(index + 1)")
            }
            try add(element, at: place + "/elements/\(index)", avoiding: ends, from: state, to: next)
            state = next
        }
        if parts.isEmpty { grammar.connect(start, .free(to: end)) }
    }

    private mutating func addTag(
        _ tag: JSONValue,
        at place: String,
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        let ends = try texts(tag["end"] ?? "", at: place + "/end")
        let begun = try grammar.addState()
        let done = try grammar.addState()
        try addLiterals(texts(tag["begin"] ?? .null, at: place + "/begin"), from: start, to: begun)
        guard let content = tag["content"] else { throw .invalid("a tag needs `content`", at: place) }
        try add(content, at: place + "/content", avoiding: ends.filter { !$0.isEmpty }, from: begun, to: done)
        try addLiterals(ends, from: done, to: end)
    }

    private mutating func addTriggeredTags(
        _ format: JSONValue,
        at place: String,
        avoiding stops: [String],
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        let triggers = try texts(format["triggers"] ?? .null, at: place + "/triggers")
        let excluded = try texts(format["excludes"] ?? .array([]), at: place + "/excludes")
        guard !triggers.isEmpty, !triggers.contains("") else {
            throw .invalid("`triggers` must be texts that are not empty", at: place + "/triggers")
        }
        let free = try grammar.addState()
        let after = try grammar.addState()
        let tagged = format["stop_after_first"] == .bool(true) ? end : after
        let tags = try elements(format, "tags", at: place)
        func addTags(from state: Int32) throws(GrammarError) {
            for (index, tag) in tags.enumerated() {
                try addTag(tag, at: place + "/tags/\(index)", from: state, to: tagged)
            }
        }
        for (index, tag) in tags.enumerated() {
            for begin in try texts(tag["begin"] ?? .null, at: place + "/tags/\(index)/begin")
            where !triggers.contains(where: { begin.hasPrefix($0) }) {
                throw .invalid("a tag must begin with a trigger", at: place + "/tags/\(index)/begin")
            }
        }
        try addTags(from: free)
        if format["at_least_one"] == .bool(true) {
            try addTags(from: start)
        } else {
            try addFreeText(avoiding: triggers + excluded + stops, from: start, to: free)
            grammar.connect(free, .free(to: end))
        }
        try addFreeText(avoiding: triggers + excluded + stops, from: after, to: free)
        grammar.connect(after, .free(to: end))
        if format["at_least_one"] == .bool(true), tagged != end { grammar.connect(free, .free(to: end)) }
    }

    private mutating func addSeparatedTags(
        _ format: JSONValue,
        at place: String,
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        let after = try grammar.addState()
        let again = try grammar.addState()
        for (index, tag) in try elements(format, "tags", at: place).enumerated() {
            for state in [start, again] { try addTag(tag, at: place + "/tags/\(index)", from: state, to: after) }
        }
        grammar.connect(after, .free(to: end))
        if format["stop_after_first"] != .bool(true) {
            try addLiterals([text(format, "separator", at: place)], from: after, to: again)
        }
        if format["at_least_one"] != .bool(true) { grammar.connect(start, .free(to: end)) }
    }

    private mutating func addRepeated(
        _ format: JSONValue,
        _ type: String,
        at place: String,
        avoiding stops: [String],
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        guard let content = format["content"] else { throw .invalid("`\(type)` needs `content`", at: place) }
        let before = try grammar.addState()
        let after = try grammar.addState()
        grammar.connect(start, .free(to: before))
        try add(content, at: place + "/content", avoiding: stops, from: before, to: after)
        grammar.connect(after, .free(to: end))
        if type != "optional" { grammar.connect(after, .free(to: before)) }
        if type != "plus" { grammar.connect(start, .free(to: end)) }
    }

    // MARK: - Parts

    private mutating func call(_ source: GrammarSource, from start: Int32, to end: Int32) throws(GrammarError) {
        grammar.connect(start, .call(try source.addRule(to: &grammar), to: end))
    }

    private mutating func addLiterals(_ texts: [String], from start: Int32, to end: Int32) throws(GrammarError) {
        let literals = try TextAutomaton.literals(texts, limits: grammar.limits)
        grammar.connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: literals, encoding: .plain)), to: end))
    }

    /// Adds an edge for any text in which none of the stops stands.
    private mutating func addFreeText(avoiding stops: [String], from start: Int32, to end: Int32) throws(GrammarError) {
        var texts = TextAutomaton.everything
        if !stops.isEmpty {
            let node = RegexNode.choice(stops.map { .literal($0) })
            let holding = try RegexCompiler.compile(node, isSearch: true, place: "triggers", limits: grammar.limits)
            texts = try texts.combined(.difference, holding, limits: grammar.limits)
        }
        grammar.connect(start, .lexeme(grammar.addLexeme(Lexeme(texts: texts, encoding: .plain)), to: end))
    }

    private func text(_ format: JSONValue, _ key: String, at place: String) throws(GrammarError) -> String {
        guard let text = format[key]?.string else { throw .invalid("`\(key)` must be a string", at: place) }
        return text
    }

    private func texts(_ value: JSONValue, at place: String) throws(GrammarError) -> [String] {
        if let text = value.string { return [text] }
        let list = value.array ?? []
        let result = list.compactMap(\.string)
        guard value.array != nil, result.count == list.count else {
            throw .invalid("there must be a string or a list of strings", at: place)
        }
        return result
    }

    private func elements(_ format: JSONValue, _ key: String, at place: String) throws(GrammarError) -> [JSONValue] {
        guard let list = format[key]?.array, !list.isEmpty else {
            throw .invalid("`\(key)` must be a list of formats", at: place)
        }
        return list
    }
}
