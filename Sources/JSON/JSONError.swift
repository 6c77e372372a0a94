/// Why a text is not JSON, or goes beyond what the reader allows, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong.
    public enum Reason: Sendable, Hashable {
        /// The text ended inside a value.
        case unexpectedEnd
        /// A byte that cannot stand here; the text says what was expected.
        case expected(String)
        /// Bytes that are not UTF-8.
        case invalidUTF8
        /// An escape that does not exist, or half of a surrogate pair.
        case invalidEscape
        /// A control character inside a string.
        case controlCharacter
        /// A number that JSON does not allow.
        case invalidNumber
        /// Arrays and objects nested deeper than allowed.
        case tooDeep(limit: Int)
        /// More values than allowed.
        case tooManyValues(limit: Int)
        /// Something after the value.
        case trailingContent
        /// Two members of one object with the same name, where that was not allowed.
        case duplicateName(String)
    }

    /// What was wrong.
    public let reason: Reason
    /// Where, in bytes from the start of the text.
    public let offset: Int
    /// Where, in lines from 1.
    public let line: Int
    /// Where, in bytes from 1 within the line.
    public let column: Int
    /// The member of the outermost object in whose value it was; `nil` elsewhere.
    public let member: String?

    /// One sentence with the position.
    public var description: String {
        let what =
            switch reason {
            case .unexpectedEnd: "the text ends inside a value"
            case .expected(let what): "expected \(what)"
            case .invalidUTF8: "not valid UTF-8"
            case .invalidEscape: "invalid escape in a string"
            case .controlCharacter: "control character inside a string"
            case .invalidNumber: "invalid number"
            case .tooDeep(let limit): "nested deeper than \(limit) levels"
            case .tooManyValues(let limit): "more than \(limit) values"
            case .trailingContent: "unexpected content after the value"
            case .duplicateName(let name): "the name \"\(name)\" occurs twice in one object"
            }
        return "\(what) (line \(line), column \(column))"
    }
}
