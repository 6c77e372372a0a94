import ArgumentParser
import MartletJSON

/// `--flag.member value` in place of `--flag '{"member": value}'`.
enum DottedFlags {
    /// The arguments with all members of a flag in one JSON object; `+` after a member's name appends to a list.
    static func joined(_ arguments: [String]) throws -> [String] {
        var rest: [String] = []
        var objects: [String: JSONObject] = [:]
        var order: [String] = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            guard let (name, inline) = ServeArguments.parts(argument), name.hasPrefix("--"), name.contains(".") else {
                rest.append(argument)
                continue
            }
            guard let text = inline ?? (index < arguments.count ? arguments[index] : nil) else {
                throw ValidationError("\(name) needs a value")
            }
            if inline == nil { index += 1 }
            let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard path.count <= 16, path.dropFirst().allSatisfy({ !$0.isEmpty && $0 != "+" }) else {
                throw ValidationError("\(name): expected --flag.member, or --flag.member.member and so on")
            }
            if objects[path[0]] == nil { order.append(path[0]) }
            let value = (try? JSONParser.parse(text)) ?? .string(text)
            try insert(value, at: path.dropFirst(), into: &objects[path[0], default: JSONObject()], flag: name)
        }
        return rest + order.map { "\($0)=\(JSONValue.object(objects[$0] ?? JSONObject()).serialized)" }
    }

    private static func insert(
        _ value: JSONValue,
        at path: ArraySlice<String>,
        into object: inout JSONObject,
        flag: String
    ) throws {
        guard let member = path.first else { return }
        if path.count > 1 {
            var inner = object[member]?.object ?? JSONObject()
            try insert(value, at: path.dropFirst(), into: &inner, flag: flag)
            object[member] = .object(inner)
        } else if member.hasSuffix("+") {
            let name = String(member.dropLast())
            guard let list = (object[name] ?? .array([])).array else {
                throw ValidationError("\(flag): \(name) is no list")
            }
            object[name] = .array(list + (value.array ?? [value]))
        } else {
            object[member] = value
        }
    }
}
