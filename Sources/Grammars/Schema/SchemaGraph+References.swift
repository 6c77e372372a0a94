import MartletJSON

extension SchemaGraph {
    /// A name as a part of a JSON pointer.
    static func escaped(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The node that a `$ref` means.
    mutating func resolve(_ reference: JSONValue, at place: String) throws(GrammarError) -> Int {
        guard let text = reference.string else { throw .invalid("`$ref` must be a string", at: place) }
        guard let pointer = try pointer(of: text) else {
            throw .unsupported("`$ref` to another document, `\(text)`,", at: place)
        }
        var value = root
        for part in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            if let member = value[name] {
                value = member
            } else if let position = Int(name), let element = value[position] {
                value = element
            } else {
                throw .invalid("`$ref` to `\(text)` leads to nothing", at: place)
            }
        }
        return try schema(value, at: pointer)
    }

    /// The pointer, beginning with `#`, that a reference within the document means.
    private mutating func pointer(of reference: String) throws(GrammarError) -> String? {
        var fragment = Substring(reference)
        if !fragment.hasPrefix("#"), let id = root["$id"]?.string, fragment.hasPrefix(id) {
            fragment = fragment.dropFirst(id.count)
            if fragment.isEmpty { fragment = "#" }
        }
        guard fragment.hasPrefix("#") else { return nil }
        let text = Self.percentDecoded(fragment)
        if text == "#" || text.hasPrefix("#/") { return text }
        let known = anchors ?? Self.anchors(in: root)
        anchors = known
        return known[String(text.dropFirst())]
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(Substring(rest.prefix(2)), radix: 16), rest.count >= 2 {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where each `$anchor` of a document stands.
    private static func anchors(in root: JSONValue) -> [String: String] {
        var result: [String: String] = [:]
        var pending = [(root, "#")]
        while let (value, pointer) = pending.popLast() {
            if let name = value["$anchor"]?.string { result[name] = pointer }
            for (index, element) in (value.array ?? []).enumerated() {
                pending.append((element, "\(pointer)/\(index)"))
            }
            for member in value.object?.members ?? [] {
                pending.append((member.value, pointer + "/" + escaped(member.key)))
            }
        }
        return result
    }
}
