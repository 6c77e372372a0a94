extension EBNFParser {
    /// Reads the rest of a directive of the Lark notation.
    mutating func directive(_ name: String) throws(GrammarError) {
        switch name {
        case "ignore": grammar.ignored.append(try choice())
        case "import": try importTerminals()
        default: throw .unsupported("the directive `%\(name)`", at: "line \(line)")
        }
    }

    /// `%import common.NAME`, `%import common.NAME -> ALIAS` or `%import common (NAME, …)`.
    private mutating func importTerminals() throws(GrammarError) {
        guard takeName() == "common" else {
            throw .unsupported("an import from other grammars than `common`", at: "line \(line)")
        }
        if take("(") {
            repeat {
                guard let name = takeName() else { throw invalid("an import needs names") }
                try importTerminal(name, as: name)
            } while take(",")
            guard take(")") else { throw invalid("a `(` is not closed") }
            return
        }
        guard take("."), let name = takeName() else { throw invalid("an import needs a name") }
        guard take("->") else { return try importTerminal(name, as: name) }
        guard let alias = takeName() else { throw invalid("an alias must be a name") }
        try importTerminal(name, as: alias)
    }

    private mutating func importTerminal(_ name: String, as alias: String) throws(GrammarError) {
        guard let pattern = Self.commonTerminals[name] else {
            throw invalid("the grammar `common` has no terminal `\(name)`")
        }
        let node = try RegexParser.parse(pattern, place: "common.\(name)", limits: limits)
        grammar.rules[alias] = .regular(node)
    }

    /// What the terminals of Lark's grammar `common` match.
    private static let commonTerminals: [String: String] = {
        let integer = "[0-9]+"
        let decimal = #"([0-9]+\.[0-9]*|\.[0-9]+)"#
        let float = "([0-9]+[eE][+-]?[0-9]+|\(decimal)([eE][+-]?[0-9]+)?)"
        return [
            "DIGIT": "[0-9]", "HEXDIGIT": "[0-9a-fA-F]", "INT": integer, "SIGNED_INT": "[+-]?\(integer)",
            "DECIMAL": decimal, "FLOAT": float, "SIGNED_FLOAT": "[+-]?\(float)", "NUMBER": "(\(float)|\(integer))",
            "SIGNED_NUMBER": "[+-]?(\(float)|\(integer))", "ESCAPED_STRING": #""([^"\\\n]|\\[^\n])*""#,
            "LCASE_LETTER": "[a-z]", "UCASE_LETTER": "[A-Z]", "LETTER": "[a-zA-Z]", "WORD": "[a-zA-Z]+",
            "CNAME": "[a-zA-Z_][a-zA-Z0-9_]*", "WS_INLINE": #"[ \t]+"#, "WS": #"[ \t\f\r\n]+"#, "CR": #"\r"#,
            "LF": #"\n"#,
            "NEWLINE": #"(\r?\n)+"#, "SH_COMMENT": #"#[^\n]*"#, "CPP_COMMENT": #"//[^\n]*"#,
            "C_COMMENT": #"/\*([^*]|\*+[^*/])*\*+/"#, "SQL_COMMENT": #"--[^\n]*"#,
        ]
    }()
}
