/// A JSON value that keeps what text carried: the order of an object's members, and integers of any size.
///
/// One representation serves every JSON text the server meets: requests, model configurations, tokenizers, schemas.
/// Key order matters to chat templates (`tojson`) and to grammars; big integers occur in tool schemas.
public enum JSONValue: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int)
    /// A number without fraction or exponent that does not fit 64 bits; the text is canonical decimal digits.
    case bigInteger(String)
    /// Any other number; `NaN` and infinities only where the parser was told to accept them.
    case double(Double)
    /// Text.
    case string(String)
    /// Elements in order.
    case array([JSONValue])
    /// Members in the order of the text.
    case object(JSONObject)
}

extension JSONValue {
    /// The member of that name, when this is an object that has it.
    public subscript(key: String) -> JSONValue? { object?[key] }

    /// The element at that position, when this is an array that has it.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The value of a boolean.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The value of an integer, or of a double that is a whole number within 64 bits.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The value of any number; a big integer is rounded.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .bigInteger(let digits): Double(digits)
        case .double(let value): value
        default: nil
        }
    }

    /// The value of a string.
    public var string: String? { if case .string(let value) = self { value } else { nil } }

    /// The elements of an array.
    public var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// The members of an object.
    public var object: JSONObject? { if case .object(let members) = self { members } else { nil } }

    /// The JSON name of this value's kind, for messages: `null`, `boolean`, `number`, `string`, `array`, `object`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .bigInteger, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// The value `null`.
    public init(nilLiteral: ()) { self = .null }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; of two members with one name, the last stays.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
