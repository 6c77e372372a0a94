/// A regular part of a grammar: a set of texts and how they are written as bytes.
struct Lexeme: Sendable, Hashable {
    /// How a text becomes bytes.
    enum Encoding: Sendable, Hashable {
        /// As UTF-8.
        case plain
        /// As a JSON string with its quotes; characters that JSON need not escape are written as they are.
        case quoted
        /// As a JSON string with its quotes; any character may be escaped.
        case freelyQuoted
    }

    /// What a lexeme is for the names of an object's members, which must differ from each other.
    enum Role: Sendable, Hashable {
        /// Nothing.
        case none
        /// It begins an object.
        case objectOpen
        /// It is the name of a member that the schema does not name.
        case memberName
    }

    /// The texts.
    let texts: TextAutomaton
    /// How they are written.
    let encoding: Encoding
    /// What it is for the names of members.
    var role = Role.none

    /// Whether the empty byte sequence is one of its own.
    var isNullable: Bool { encoding == .plain && texts.accepting.first == true }
}
