/// Builds the syntax tree of a template; this file holds the token stream and what every part uses.
struct Parser {
    static let maximumDepth = 200
    static let maximumNesting = 100

    let source: [UInt8]
    private let tokens: [Lexer.Located]
    private var position = 0
    private(set) var names: [String] = []
    private var nameIDs: [String: Int] = [:]
    /// What is open, innermost last, for messages.
    var openTags: [String] = []
    /// The tags that would close what is open, innermost last, for messages.
    var endTags: [[String]] = []
    /// How many brackets, prefixes or blocks are open.
    var nesting = 0
    var loopDepth = 0
    /// The macros that are open, and which of the special names their bodies use.
    var macroUses: [MacroUses] = []
    /// Whether the statements being read are only compiled when reached, so that unknown filters fail late.
    var isSoft = false
    /// The names of the blocks so far.
    var blockNames: Set<String> = []
    /// Unknown filters and tests, reported if the template is otherwise well formed.
    var unknownNames: [TemplateError] = []

    struct MacroUses {
        var varargs = false
        var kwargs = false
        var caller = false
    }

    private init(_ source: [UInt8]) throws(TemplateError) {
        self.source = source
        tokens = try Lexer.tokenize(source)
    }

    /// The tree of a source that `Lexer.normalized` returned.
    static func parse(_ source: [UInt8]) throws(TemplateError) -> Program {
        var parser = try Parser(source)
        let wellKnown = WellKnownNames(
            loop: parser.nameID("loop"),
            varargs: parser.nameID("varargs"),
            kwargs: parser.nameID("kwargs"),
            caller: parser.nameID("caller")
        )
        let body = try parser.statements(until: nil)
        if let unknown = parser.unknownNames.first { throw unknown }
        return Program(body: body, names: parser.names, wellKnown: wellKnown)
    }

    // MARK: - Tokens

    var current: Token { tokens[position].token }
    var offset: Int { tokens[position].offset }
    var following: Token { tokens[min(position + 1, tokens.count - 1)].token }

    mutating func advance() { position = min(position + 1, tokens.count - 1) }

    func isName(_ name: String) -> Bool { current == .name(name) }

    func isSymbol(_ symbol: Symbol) -> Bool { current == .symbol(symbol) }

    mutating func skip(_ token: Token) -> Bool {
        guard current == token else { return false }
        advance()
        return true
    }

    mutating func skipName(_ name: String) -> Bool { skip(.name(name)) }

    mutating func skipSymbol(_ symbol: Symbol) -> Bool { skip(.symbol(symbol)) }

    mutating func expect(_ token: Token) throws(TemplateError) {
        guard skip(token) else { throw unexpected(Parser.describe(token)) }
    }

    mutating func expectSymbol(_ symbol: Symbol) throws(TemplateError) { try expect(.symbol(symbol)) }

    mutating func expectName() throws(TemplateError) -> String {
        guard case .name(let name) = current else { throw unexpected("name") }
        advance()
        return name
    }

    func unexpected(_ expected: String) -> TemplateError {
        if current == .end { return error("unexpected end of template, expected '\(expected)'.") }
        return error("expected token '\(expected)', got \(PythonFormat.quoted(Parser.describe(current)))")
    }

    func error(_ message: String, at place: Int? = nil) -> TemplateError {
        TemplateError(.parser, message).located(at: place ?? offset, in: source)
    }

    func tooDeep() -> TemplateError {
        TemplateError(.limit, "the template nests too deeply").located(at: offset, in: source)
    }

    /// The number of a variable's name.
    mutating func nameID(_ name: String) -> Int {
        if let id = nameIDs[name] { return id }
        names.append(name)
        nameIDs[name] = names.count - 1
        return names.count - 1
    }

    static func describe(_ token: Token) -> String {
        switch token {
        case .data: "template data / text"
        case .variableBegin: "begin of print statement"
        case .variableEnd: "end of print statement"
        case .blockBegin: "begin of statement block"
        case .blockEnd: "end of statement block"
        case .name(let name): name
        case .string: "string"
        case .integer: "integer"
        case .float: "float"
        case .symbol(let symbol): symbol.rawValue
        case .end: "end of template"
        }
    }

    // MARK: - Statements

    /// Statements up to one of those tags, which stays the current token, or to the end of the template.
    mutating func statements(until ends: [String]?) throws(TemplateError) -> [Statement] {
        nesting += 1
        defer { nesting -= 1 }
        if nesting > Parser.maximumNesting { throw tooDeep() }
        if let ends { endTags.append(ends) }
        defer { if ends != nil { endTags.removeLast() } }
        var body: [Statement] = []
        while true {
            let place = offset
            switch current {
            case .end: return body
            case .data(let text):
                body.append(Statement(kind: .text(text), offset: place))
                advance()
            case .variableBegin:
                advance()
                body.append(Statement(kind: .output(try tuple()), offset: place))
                try expect(.variableEnd)
            case .blockBegin:
                advance()
                if case .name(let name) = current, ends?.contains(name) == true { return body }
                body.append(contentsOf: try statement())
                try expect(.blockEnd)
            default: throw error("unexpected token")
            }
        }
    }

    /// The body of a block: from the end of its opening tag up to one of those tags.
    mutating func body(until ends: [String], soft: Bool = false) throws(TemplateError) -> [Statement] {
        _ = skipSymbol(.colon)
        try expect(.blockEnd)
        let outer = isSoft
        isSoft = soft
        defer { isSoft = outer }
        let body = try statements(until: ends)
        if current == .end {
            endTags.append(ends)
            throw unknownTag(nil)
        }
        return body
    }

    /// The body of a block that ends at one tag, which is consumed.
    mutating func body(closedBy end: String) throws(TemplateError) -> [Statement] {
        let body = try body(until: [end])
        advance()
        return body
    }

    /// The error for a tag that does not exist here, or for the template's end inside a block.
    func unknownTag(_ name: String?) -> TemplateError {
        let wanted = endTags.last?.map { "'\($0)'" }.joined(separator: " or ")
        var sentences = [name.map { "Encountered unknown tag '\($0)'." } ?? "Unexpected end of template."]
        if let wanted {
            if let name, endTags.contains(where: { $0.contains(name) }) {
                sentences.append(
                    "You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for "
                        + "\(wanted)."
                )
            } else {
                sentences.append("Jinja was looking for the following tags: \(wanted).")
            }
        }
        if let open = openTags.last { sentences.append("The innermost block that needs to be closed is '\(open)'.") }
        return error(sentences.joined(separator: " "))
    }
}
