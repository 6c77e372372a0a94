package import MartletJSON

/// What is wrong with one field of a configuration file.
package struct ConfigProblem: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Sendable, Hashable {
        /// The field is not there and has no default.
        case missing
        /// The value is of another JSON kind.
        case wrongKind(expected: String, found: String)
        /// The number lies outside what can be computed with.
        case outOfRange(value: String, allowed: String)
        /// The value asks for something that is not implemented; the text says what is.
        case unsupported(value: String, supported: String)
        /// The value contradicts another field; the text says which and how.
        case inconsistent(String)
    }

    /// The path of the field: `rope_scaling.factor`; empty for the whole file.
    package let key: String
    /// What is wrong.
    package let reason: Reason

    /// A problem.
    package init(key: String, reason: Reason) {
        self.key = key
        self.reason = reason
    }

    /// A clause that names the field.
    package var description: String {
        let field = key.isEmpty ? "the file" : "'\(key)'"
        switch reason {
        case .missing: return "\(field) is missing"
        case .wrongKind(let expected, let found): return "\(field) is a JSON \(found), not a \(expected)"
        case .outOfRange(let value, let allowed): return "\(field) is \(value), not in \(allowed)"
        case .unsupported(let value, let supported):
            return "\(field) is \(value), which is not supported (\(supported))"
        case .inconsistent(let text): return "\(field) \(text)"
        }
    }
}

/// Typed access to the fields of a configuration; problems are collected, so that one error names them all.
///
/// A field that is `null` counts as missing. After a problem the methods return a stand-in value; call
/// `finish()` before anything is done with what was read.
package struct ConfigReader {
    /// The file's name for errors.
    package let path: String
    /// The object that is read.
    package let object: JSONObject
    /// What is wrong so far.
    package private(set) var problems: [ConfigProblem] = []
    private let prefix: String

    /// A reader of an object.
    ///
    /// - Parameters:
    ///   - object: the members.
    ///   - path: the file's name for errors.
    ///   - prefix: the key path of the object in the file, `rope_scaling.` for one member down.
    package init(_ object: JSONObject, path: String, prefix: String = "") {
        self.object = object
        self.path = path
        self.prefix = prefix
    }

    /// The value of a field, or `nil` where it is missing or `null`.
    package func value(_ key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// Records a problem of a field.
    package mutating func report(_ key: String, _ reason: ConfigProblem.Reason) {
        problems.append(ConfigProblem(key: prefix + key, reason: reason))
    }

    /// Takes over the problems of a reader of a nested object.
    package mutating func merge(_ other: ConfigReader) { problems += other.problems }

    /// An integer; missing without a default is a problem.
    package mutating func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil) -> Int {
        guard let value = value(key) else {
            if fallback == nil { report(key, .missing) }
            return fallback ?? range.lowerBound
        }
        guard let number = value.integer else {
            report(key, .wrongKind(expected: "integer", found: value.kind))
            return range.lowerBound
        }
        guard range.contains(number) else {
            report(key, .outOfRange(value: "\(number)", allowed: "\(range.lowerBound)...\(range.upperBound)"))
            return range.lowerBound
        }
        return number
    }

    /// An integer, or `nil` where the field is missing or `null`.
    package mutating func optionalInteger(_ key: String, in range: ClosedRange<Int>) -> Int? {
        value(key) == nil ? nil : integer(key, in: range)
    }

    /// A finite number; missing without a default is a problem.
    package mutating func number(_ key: String, in range: ClosedRange<Double>, default fallback: Double? = nil)
        -> Double
    {
        guard let value = value(key) else {
            if fallback == nil { report(key, .missing) }
            return fallback ?? range.lowerBound
        }
        guard let number = value.double else {
            report(key, .wrongKind(expected: "number", found: value.kind))
            return range.lowerBound
        }
        guard range.contains(number) else {
            report(key, .outOfRange(value: "\(number)", allowed: "\(range.lowerBound)...\(range.upperBound)"))
            return range.lowerBound
        }
        return number
    }

    /// A finite number, or `nil` where the field is missing or `null`.
    package mutating func optionalNumber(_ key: String, in range: ClosedRange<Double>) -> Double? {
        value(key) == nil ? nil : number(key, in: range)
    }

    /// A boolean.
    package mutating func bool(_ key: String, default fallback: Bool) -> Bool {
        guard let value = value(key) else { return fallback }
        guard let flag = value.bool else {
            report(key, .wrongKind(expected: "boolean", found: value.kind))
            return fallback
        }
        return flag
    }

    /// A string, or `nil` where the field is missing or `null`.
    package mutating func optionalString(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else {
            report(key, .wrongKind(expected: "string", found: value.kind))
            return nil
        }
        return text
    }

    /// A list of strings, or `nil` where the field is missing or `null`.
    package mutating func optionalStrings(_ key: String) -> [String]? {
        guard let value = value(key) else { return nil }
        guard let elements = value.array else {
            report(key, .wrongKind(expected: "array", found: value.kind))
            return nil
        }
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count else {
            report(key, .wrongKind(expected: "array of strings", found: "array of other values"))
            return nil
        }
        return texts
    }

    /// The members of a nested object, or `nil` where the field is missing or `null`.
    package mutating func optionalObject(_ key: String) -> ConfigReader? {
        guard let value = value(key) else { return nil }
        guard let members = value.object else {
            report(key, .wrongKind(expected: "object", found: value.kind))
            return nil
        }
        return ConfigReader(members, path: path, prefix: prefix + key + ".")
    }

    /// Fails with every problem, if there is any.
    package func finish() throws(CheckpointError) {
        if !problems.isEmpty { throw .invalidConfiguration(path: path, problems: problems) }
    }
}
