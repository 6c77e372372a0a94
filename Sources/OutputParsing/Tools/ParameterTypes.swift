import MartletJSON

/// What a value written as bare text is to become in JSON.
enum ParameterType: Sendable, Hashable {
    /// The text itself.
    case string
    /// The first of these JSON types that the text is a value of, in a fixed order with `string` last.
    case oneOf(Set<String>)
    /// JSON if it is a number, a literal, an array or an object, else text; where no schema is known.
    case inferred
}

extension ParameterType {
    private static let maximumDepth = 32

    /// The type of a parameter of a tool.
    ///
    /// - Parameters:
    ///   - name: the parameter.
    ///   - tool: the tool if it is one of the request's.
    init(of name: String, in tool: ToolDefinition?) {
        guard let tool else {
            self = .inferred
            return
        }
        let schema = tool.parameters ?? .null
        guard let property = schema["properties"]?[name] else {
            self = .string
            return
        }
        var types: Set<String> = []
        Self.collect(property, root: schema, depth: 0, into: &types)
        self = types.isEmpty || types == ["string"] ? .string : .oneOf(types)
    }

    private static func collect(_ schema: JSONValue, root: JSONValue, depth: Int, into types: inout Set<String>) {
        guard depth < maximumDepth else { return }
        if let type = schema["type"]?.string { types.insert(type) }
        for type in schema["type"]?.array ?? [] { if let type = type.string { types.insert(type) } }
        let constants = (schema["enum"]?.array ?? []) + (schema["const"].map { [$0] } ?? [])
        if schema["type"] == nil { for constant in constants { types.insert(name(of: constant)) } }
        for key in ["anyOf", "oneOf", "allOf"] {
            for choice in schema[key]?.array ?? [] { collect(choice, root: root, depth: depth + 1, into: &types) }
        }
        if let target = schema["$ref"]?.string.flatMap({ Self.resolve($0, in: root) }) {
            collect(target, root: root, depth: depth + 1, into: &types)
        }
        guard types.isEmpty else { return }
        if schema["properties"] != nil { types.insert("object") }
        if schema["items"] != nil { types.insert("array") }
    }

    private static func name(of value: JSONValue) -> String {
        switch value {
        case .integer, .bigInteger: "integer"
        default: value.kind
        }
    }

    /// The part of a schema that `#/…` names.
    private static func resolve(_ reference: String, in root: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        return reference.dropFirst().split(separator: "/").reduce(Optional(root)) { value, part in
            let key = part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
            return value?[key]
        }
    }
}

extension ParameterType {
    /// Whether the text can be written on as it comes, knowing how it begins.
    ///
    /// - Parameter first: the first byte of the value.
    /// - Returns: whether it is a string whatever follows.
    func streams(first: UInt8) -> Bool {
        switch self {
        case .string: true
        case .oneOf: false
        case .inferred: !"-0123456789tfn{[".utf8.contains(first)
        }
    }

    /// The JSON text of a value.
    func json(of text: [UInt8]) -> [UInt8] {
        switch self {
        case .string: return Self.quoted(text)
        case .inferred: return Self.normalized(text) ?? Self.quoted(text)
        case .oneOf(let types):
            for type in ["null", "integer", "number", "boolean", "object", "array"] where types.contains(type) {
                if let json = Self.json(of: text, as: type) { return json }
            }
            return types.contains("string") ? Self.quoted(text) : Self.normalized(text) ?? Self.quoted(text)
        }
    }

    /// A JSON string of the text.
    static func quoted(_ text: [UInt8]) -> [UInt8] {
        var output = [UInt8(ascii: "\"")]
        for byte in text { JSONEscape.append(byte, quoted: true, to: &output) }
        output.append(UInt8(ascii: "\""))
        return output
    }

    private static func json(of text: [UInt8], as type: String) -> [UInt8]? {
        let word = String(decoding: text, as: UTF8.self).trimmingBlanks.lowercased()
        switch type {
        case "null": return word == "null" ? Array(word.utf8) : nil
        case "boolean":
            if word == "true" || word == "1" { return Array("true".utf8) }
            return word == "false" || word == "0" ? Array("false".utf8) : nil
        case "integer": return PythonNumber.integer(word)
        case "number":
            if let integer = PythonNumber.integer(word) { return integer }
            guard let value = Double(word), value.isFinite else { return nil }
            return Array((Int(exactly: value).map { "\($0)" } ?? "\(value)").utf8)
        default:
            guard let json = normalized(text) else { return nil }
            return json.first == (type == "object" ? UInt8(ascii: "{") : UInt8(ascii: "[")) ? json : nil
        }
    }

    /// The text in normal form, if it is JSON other than a string.
    private static func normalized(_ text: [UInt8]) -> [UInt8]? {
        var scanner = JSONScanner(normalizes: true)
        var output: [UInt8] = []
        var isDone = false
        // the blank ends a number
        for byte in text + [0x20] {
            if isDone {
                guard byte.isBlank else { return nil }
                continue
            }
            switch scanner.consume(byte, into: &output) {
            case .more: continue
            case .done: isDone = true
            case .doneBefore where byte.isBlank: isDone = true
            case .doneBefore, .failed: return nil
            }
        }
        return isDone && output.first != UInt8(ascii: "\"") ? output : nil
    }
}
