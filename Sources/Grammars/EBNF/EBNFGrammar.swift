/// Rules of a grammar as they are written, whatever the notation.
struct EBNFGrammar: Sendable {
    /// What a rule is made of.
    indirect enum Expression: Sendable {
        /// A text that a regular expression matches.
        case regular(RegexNode)
        /// A text of the rule of that name, which is called in that line.
        case name(String, line: Int)
        /// Parts one after the other.
        case sequence([Expression])
        /// One of several.
        case choice([Expression])
        /// A part so many times.
        case repetition(Expression, minimum: Int, maximum: Int?)
    }

    /// The notations.
    enum Dialect: Sendable {
        /// That of llama.cpp.
        case gbnf
        /// That of the Lark library.
        case lark
    }

    /// The notation.
    let dialect: Dialect
    /// The rules by name.
    var rules: [String: Expression] = [:]
    /// What may stand between any two terminals.
    var ignored: [Expression] = []

    /// The name of the rule of whole texts.
    var root: String { dialect == .gbnf ? "root" : "start" }

    /// Whether the name is one of a terminal, within which nothing is ignored.
    func isTerminal(_ name: String) -> Bool {
        guard dialect == .lark, let letter = name.unicodeScalars.first(where: { $0 != "_" }) else { return false }
        return letter.properties.isUppercase
    }
}
