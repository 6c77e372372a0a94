/// Filters that make or read HTML, XML and URLs.
extension Filters {
    @Sendable static func stripTags(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("striptags", [])
        let text = try interpreter.string(value)
        try interpreter.charge(bytes: text.byteCount)
        let withoutTags = removing(removing(text, "<!--", "-->"), "<", ">")
        let words = StringOperations.splitWhitespace(withoutTags, limit: .max)
        let joined = try StringOperations.join(words, Text(" "), interpreter)
        return .string(CharacterReferences.resolved(joined))
    }

    private static func removing(_ text: Text, _ opening: String, _ closing: String) -> Text {
        let bytes = text.bytes
        var builder = TextBuilder()
        var position = 0
        while let start = StringOperations.find(Array(opening.utf8), in: bytes, from: position),
            let end = StringOperations.find(Array(closing.utf8), in: bytes, from: start)
        {
            builder.append(bytes[position..<start], of: text)
            position = end + closing.utf8.count
        }
        builder.append(bytes[position...], of: text)
        return builder.text
    }

    // MARK: - URLs

    private static func quoted(_ text: Text, isQuery: Bool) -> Text {
        var builder = TextBuilder()
        var cursor = OriginCursor(text.origin)
        for (offset, byte) in text.string.utf8.enumerated() {
            let isRequest = cursor.isRequest(offset)
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D, 0x7E:
                builder.append(byte, isRequest: isRequest)
            case UInt8(ascii: "/") where !isQuery: builder.append(byte, isRequest: isRequest)
            case UInt8(ascii: " ") where isQuery: builder.append("+", isRequest: isRequest)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                builder.append("%" + (byte < 16 ? "0" : "") + digits, isRequest: isRequest)
            }
        }
        return builder.text
    }

    @Sendable static func urlEncode(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("urlencode", [])
        var pairs: [Value]
        switch value {
        case .dict(let dict): pairs = dict.entries.map { .tuple([$0.key, $0.value]) }
        case .list, .tuple, .object: pairs = try interpreter.elements(of: value)
        default: return .string(quoted(try interpreter.string(value), isQuery: false))
        }
        var builder = TextBuilder()
        for (position, pair) in pairs.enumerated() {
            let parts = try interpreter.elements(of: pair)
            guard parts.count == 2 else { throw .runtime("urlencode needs pairs") }
            if position > 0 { builder.append("&") }
            builder.append(quoted(try interpreter.string(parts[0]), isQuery: true))
            builder.append("=")
            builder.append(quoted(try interpreter.string(parts[1]), isQuery: true))
            try interpreter.charge(steps: 1 + builder.count / 64)
        }
        return .string(builder.text)
    }

    /// What a filter made, as markup where output is escaped.
    static func markup(_ builder: TextBuilder, _ interpreter: Interpreter) -> Text {
        var text = builder.text
        text.isSafe = interpreter.escapesOutput
        return text
    }

    @Sendable static func xmlAttributes(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let startsWithSpace = try arguments.bind("xmlattr", ["autospace"])[0]?.isTrue ?? true
        guard case .dict(let dict) = value else { throw .runtime("xmlattr needs a mapping") }
        var builder = TextBuilder()
        for entry in dict.entries where !entry.value.isNone && !entry.value.isUndefined {
            guard let key = entry.key.text else { throw .runtime("the name of an attribute must be a string") }
            let forbidden = key.string.unicodeScalars.contains {
                UTF8Scalars.isWhitespace($0.value) || "/>=".unicodeScalars.contains($0)
            }
            if forbidden { throw .runtime("Invalid character in attribute name: \(PythonFormat.quoted(key.string))") }
            if startsWithSpace || builder.count > 0 { builder.append(" ") }
            builder.append(StringOperations.escaped(key))
            builder.append("=\"")
            let text = try interpreter.string(entry.value)
            builder.append(text.isSafe ? text : StringOperations.escaped(text))
            builder.append("\"")
            try interpreter.charge(steps: 1 + text.byteCount / 16)
        }
        return .string(markup(builder, interpreter))
    }
}
