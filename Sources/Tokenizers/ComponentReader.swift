import MartletJSON

/// Reads the fields of one component of `tokenizer.json` and knows its path for messages.
struct ComponentReader {
    let value: JSONValue
    let path: String

    /// The component's `type`.
    func type() throws(TokenizerError) -> String { try string("type") }

    /// A text that must be there.
    func string(_ key: String) throws(TokenizerError) -> String {
        guard let member = value[key] else { throw .missingField(path: "\(path).\(key)") }
        guard let text = member.string else { throw .invalidField(path: "\(path).\(key)", expected: "a string") }
        return text
    }

    /// A text that may be absent or `null`.
    func optionalString(_ key: String) throws(TokenizerError) -> String? {
        guard let member = value[key], !member.isNull else { return nil }
        guard let text = member.string else { throw .invalidField(path: "\(path).\(key)", expected: "a string") }
        return text
    }

    /// A boolean, or the default where it is absent or `null`.
    func bool(_ key: String, default defaultValue: Bool) throws(TokenizerError) -> Bool {
        guard let member = value[key], !member.isNull else { return defaultValue }
        guard let flag = member.bool else { throw .invalidField(path: "\(path).\(key)", expected: "true or false") }
        return flag
    }

    /// A count between 0 and 1,000,000, or the default where it is absent.
    func count(_ key: String, default defaultValue: Int) throws(TokenizerError) -> Int {
        guard let member = value[key], !member.isNull else { return defaultValue }
        guard let count = member.integer, (0...1_000_000).contains(count) else {
            throw .invalidField(path: "\(path).\(key)", expected: "a small count")
        }
        return count
    }

    /// A text of exactly one code point.
    func character(_ key: String, default defaultValue: Unicode.Scalar) throws(TokenizerError) -> Unicode.Scalar {
        guard let text = try optionalString(key) else { return defaultValue }
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw .invalidField(path: "\(path).\(key)", expected: "one character")
        }
        return scalar
    }

    /// The elements of an array of components.
    func components(_ key: String) throws(TokenizerError) -> [ComponentReader] {
        guard let member = value[key] else { throw .missingField(path: "\(path).\(key)") }
        guard let elements = member.array else { throw .invalidField(path: "\(path).\(key)", expected: "an array") }
        let prefix = path.isEmpty ? key : "\(path).\(key)"
        return elements.enumerated().map { ComponentReader(value: $1, path: "\(prefix)[\($0)]") }
    }

    /// A member as a component; `nil` where it is absent or `null`.
    func component(_ key: String) -> ComponentReader? {
        guard let member = value[key], !member.isNull else { return nil }
        return ComponentReader(value: member, path: path.isEmpty ? key : "\(path).\(key)")
    }

    /// The member `pattern`: `{"String": …}` or `{"Regex": …}`.
    func pattern() throws(TokenizerError) -> Pattern {
        guard let member = value["pattern"] else { throw .missingField(path: "\(path).pattern") }
        if let regex = member["Regex"]?.string { return try Pattern(regex: regex) }
        guard let literal = member["String"]?.string else {
            throw .invalidField(path: "\(path).pattern", expected: "a Regex or a String")
        }
        return Pattern(literal: literal)
    }

    /// The error for a component of this type that is not implemented.
    func unsupported(_ kind: String, _ type: String) -> TokenizerError {
        .unsupportedComponent(kind: kind, type: type)
    }
}
