import ArgumentParser
import Foundation
import MartletJSON
import Yams

/// The file of `--config`: flags' names without their dashes, and their values.
///
/// `true` is the flag, `false` its opposite, a list several values, a map JSON.
struct ConfigurationFile {
    private static let maxByteCount = 1 << 20
    /// Flags whose lists are JSON.
    private static let jsonLists: Set<String> = ["--allowed-origins", "--allowed-methods", "--allowed-headers"]

    private let path: String
    private let entries: [(key: String, value: Node)]

    /// Reads a file.
    ///
    /// - Throws: `ValidationError` where there is no such file or it holds no map.
    init(path: String) throws {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("--config \(path): no such file, or not readable")
        }
        guard data.count <= Self.maxByteCount, let text = String(data: data, encoding: .utf8) else {
            throw ValidationError("--config \(path): expected a text of at most \(Self.maxByteCount) bytes in UTF-8")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ValidationError("--config \(path): \(error)")
        }
        guard let root else {
            entries = []
            return
        }
        guard let mapping = root.mapping else {
            throw ValidationError("--config \(path): expected a map of flags' names and values")
        }
        entries = try mapping.map { key, value in
            guard let name = key.string else { throw ValidationError("--config \(path): a key is no text") }
            return (name.replacing("_", with: "-"), value)
        }
    }

    /// The keys as arguments.
    ///
    /// - Parameters:
    ///   - parser: knows the flags.
    ///   - given: the canonical names of flags that are left out, because the command line has them.
    /// - Returns: the arguments, none of them a plain word before the first flag.
    /// - Throws: `ValidationError` that names an unknown key or an unusable value.
    func arguments(for parser: ServeArguments, except given: Set<String>) throws -> [String] {
        var arguments: [String] = []
        for (key, value) in entries {
            let name = ["model-tag": "--model"][key] ?? "--\(key)"
            guard parser.knows(name), !["--config", "--help"].contains(name) else {
                throw ValidationError("--config \(path), \(Self.place(value)): there is no flag --\(key)")
            }
            if given.contains(parser.canonical(name)) { continue }
            arguments += try Self.arguments(name, value, parser) { reason in
                ValidationError("--config \(path), \(Self.place(value)): \(key) \(reason)")
            }
        }
        return arguments
    }

    private static func place(_ node: Node) -> String { node.mark.map { "line \($0.line)" } ?? "an unknown line" }

    private static func arguments(
        _ name: String,
        _ value: Node,
        _ parser: ServeArguments,
        failure: (String) -> ValidationError
    ) throws -> [String] {
        switch value {
        case .scalar(let scalar):
            let value = json(scalar)
            if value.isNull { throw failure("has no value") }
            let isSwitch = parser.isSwitch(name)
            guard let isOn = value.bool else {
                if isSwitch { throw failure("must be true or false") }
                return ["\(name)=\(scalar.string)"]
            }
            guard isSwitch else { return isOn ? ["\(name)=\(scalar.string)"] : [] }
            let opposite = "--no-" + name.dropFirst(2)
            return isOn ? [name] : parser.knows(opposite) ? [opposite] : []
        case .sequence(let nodes):
            if jsonLists.contains(name) { return ["\(name)=\(try json(value, failure).serialized)"] }
            let words = try nodes.map { node in
                guard let text = node.scalar?.string, !text.hasPrefix("-") else {
                    throw failure("must be a list of texts, none of which begins with -")
                }
                return text
            }
            return words.isEmpty ? [] : [name] + words
        case .mapping: return ["\(name)=\(try json(value, failure).serialized)"]
        case .alias: throw failure("is an alias; write the value out")
        }
    }

    private static func json(_ node: Node, _ failure: (String) -> ValidationError) throws -> JSONValue {
        switch node {
        case .scalar(let scalar): return json(scalar)
        case .sequence(let nodes): return .array(try nodes.map { try json($0, failure) })
        case .mapping(let members):
            return .object(JSONObject(try members.map { ($0.key.string ?? "", try json($0.value, failure)) }))
        case .alias: throw failure("has an alias; write the value out")
        }
    }

    /// What a scalar without quotes means.
    private static func json(_ scalar: Node.Scalar) -> JSONValue {
        guard [.any, .plain].contains(scalar.style) else { return .string(scalar.string) }
        switch scalar.string.lowercased() {
        case "", "~", "null": return .null
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: break
        }
        if let value = Int(scalar.string) { return .integer(value) }
        if let value = Double(scalar.string), value.isFinite { return .double(value) }
        return .string(scalar.string)
    }
}
