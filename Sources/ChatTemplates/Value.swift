/// A Python value as templates see it.
///
/// The sandbox forbids every mutating method, so lists and dictionaries never change; only a `Namespace` does.
enum Value {
    case undefined(Undefined)
    case none
    case bool(Bool)
    case int(Int)
    /// An integer beyond 64 bits.
    case big(BigInteger)
    case float(Double)
    case string(Text)
    case list(Elements)
    case tuple(Elements)
    case dict(Dict)
    case object(TemplateObject)

    static func string(_ string: String) -> Value { .string(Text(string)) }
    static func list(_ elements: [Value]) -> Value { .list(Elements(elements)) }
    static func tuple(_ elements: [Value]) -> Value { .tuple(Elements(elements)) }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }
    var isNone: Bool { if case .none = self { true } else { false } }
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .big: true
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let elements), .tuple(let elements): !elements.values.isEmpty
        case .dict(let dict): dict.count > 0
        case .object(let object): object.isTrue
        }
    }

    /// The value of an integer or boolean that fits 64 bits.
    var integer: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var isInteger: Bool {
        switch self {
        case .int, .bool, .big: true
        default: false
        }
    }

    /// The value of any number.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .bool(let value): value ? 1 : 0
        case .big(let value): value.double
        case .float(let value): value
        default: nil
        }
    }

    var text: Text? { if case .string(let text) = self { text } else { nil } }

    /// Python's name of the type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int, .big: "int"
        case .float: "float"
        case .string(let text): text.isSafe ? "Markup" : "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dict: "dict"
        case .object(let object): object.typeName
        }
    }
}

/// The name or place that had no value, and what using it says.
final class Undefined {
    /// What is said when the value is used.
    let message: String

    init(_ message: String) { self.message = message }

    init(name: String) { message = "'\(name)' is undefined" }

    init(attribute: String, of value: Value) {
        message =
            value.isNone
            ? "'None' has no attribute '\(attribute)'" : "'\(value.typeName) object' has no attribute '\(attribute)'"
    }

    init(element: String, of value: Value) {
        message = value.isNone ? "None has no element \(element)" : "\(value.typeName) object has no element \(element)"
    }

    init(unsafe attribute: String, of value: Value) {
        message = "access to attribute '\(attribute)' of '\(value.typeName)' object is unsafe."
    }

    var error: TemplateError { .runtime(message) }
}

/// The elements of a list or tuple.
final class Elements {
    let values: [Value]
    /// The field names of a named tuple.
    let fields: [String]

    init(_ values: [Value], fields: [String] = []) {
        self.values = values
        self.fields = fields
    }
}

/// A dictionary in the order of insertion.
///
/// - Complexity: look-up is linear up to 8 entries and hashed above.
final class Dict {
    struct Entry {
        let key: Value
        let value: Value
    }

    let entries: [Entry]
    private var index: [DictKey: Int] = [:]

    var count: Int { entries.count }

    /// Entries whose keys are known to differ.
    init(unique entries: [Entry]) { self.entries = entries }

    /// Entries of which later ones replace earlier ones of the same key.
    init(_ entries: [Entry]) throws(TemplateError) {
        var positions: [DictKey: Int] = [:]
        var kept: [Entry] = []
        for entry in entries {
            let key = try DictKey(entry.key)
            if let position = positions[key] {
                kept[position] = Entry(key: kept[position].key, value: entry.value)
            } else {
                positions[key] = kept.count
                kept.append(entry)
            }
        }
        self.entries = kept
        index = positions
    }

    subscript(key: String) -> Value? {
        if entries.count <= 8 {
            for entry in entries {
                if case .string(let text) = entry.key, Text.sameBytes(text.string, key) { return entry.value }
            }
            return nil
        }
        buildIndex()
        return index[DictKey(string: key)].map { entries[$0].value }
    }

    func value(for key: Value) throws(TemplateError) -> Value? {
        if case .string(let text) = key { return self[text.string] }
        let key = try DictKey(key)
        buildIndex()
        return index[key].map { entries[$0].value }
    }

    private func buildIndex() {
        guard index.isEmpty else { return }
        for (position, entry) in entries.enumerated() {
            if let key = try? DictKey(entry.key) { index[key] = position }
        }
    }
}

/// A hashable value compared as Python compares keys: `1`, `1.0` and `True` are one key.
struct DictKey: Hashable {
    private let value: Value

    init(_ value: Value) throws(TemplateError) {
        switch value {
        case .list, .dict: throw .runtime("unhashable type: '\(value.typeName)'")
        case .tuple(let elements):
            for element in elements.values { _ = try DictKey(element) }
        case .object(let object):
            if let view = object as? DictView, view.kind != .values {
                throw .runtime("unhashable type: '\(value.typeName)'")
            }
        default: break
        }
        self.value = value
    }

    init(string: String) { value = .string(Text(string)) }

    static func == (left: DictKey, right: DictKey) -> Bool { left.value.equals(right.value) }

    func hash(into hasher: inout Hasher) { DictKey.hash(value, into: &hasher) }

    private static func hash(_ value: Value, into hasher: inout Hasher) {
        switch value {
        case .string(let text): for byte in text.string.utf8 { hasher.combine(byte) }
        case .tuple(let elements): for element in elements.values { hash(element, into: &hasher) }
        case .object(let object): hasher.combine(ObjectIdentifier(object))
        default: hasher.combine(value.number ?? 0)
        }
    }
}
