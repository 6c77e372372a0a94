/// `json.dumps` with the arguments that `tojson` takes.
struct JSONDump {
    private let interpreter: Interpreter
    private let indent: Text?
    private let itemSeparator: Text
    private let keySeparator: Text
    private let isASCIIOnly: Bool
    private let sortsKeys: Bool
    private var builder = TextBuilder()
    /// Where the last string ended, if it came from the request: structure between two such strings is the request's.
    private var lastRequestEnd: Int?

    static func dump(
        _ value: Value,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Text {
        var dump = try JSONDump(arguments, interpreter)
        try dump.append(value, level: 0)
        return dump.builder.text
    }

    private init(_ arguments: Arguments, _ interpreter: Interpreter) throws(TemplateError) {
        let names = ["ensure_ascii", "indent", "separators", "sort_keys"]
        let bound = try arguments.bind("tojson", names)
        self.interpreter = interpreter
        isASCIIOnly = bound[0]?.isTrue ?? false
        switch bound[1] {
        case nil, .some(.none): indent = nil
        case .string(let text): indent = text
        case .some(let value):
            guard let width = value.integer else { throw .runtime("indent must be an integer or a string") }
            if width > TemplateLimits.maximumPadding { throw .limit("an indentation is too wide") }
            indent = Text(String(repeating: " ", count: max(0, width)))
        }
        var separators: [Text] = [Text(indent == nil ? ", " : ","), Text(": ")]
        if let given = bound[2], !given.isNone {
            let texts = try interpreter.elements(of: given).compactMap(\.text)
            guard texts.count == 2 else { throw .runtime("separators must be two strings") }
            separators = texts
        }
        itemSeparator = separators[0]
        keySeparator = separators[1]
        sortsKeys = bound[3]?.isTrue ?? false
    }

    private mutating func append(_ value: Value, level: Int) throws(TemplateError) {
        try interpreter.charge(steps: 1)
        switch value {
        case .none: builder.append("null")
        case .bool(let flag): builder.append(flag ? "true" : "false")
        case .int(let number): builder.append(String(number))
        case .big(let number): builder.append(number.description)
        case .float(let number): builder.append(JSONDump.float(number))
        case .string(let text): try append(text)
        case .list(let elements), .tuple(let elements): try append(elements.values, level)
        case .dict(let dict): try append(dict, level)
        case .undefined, .object:
            throw .runtime("Object of type \(value.typeName) is not JSON serializable")
        }
    }

    private static func float(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return PythonFormat.float(value)
    }

    private mutating func newline(_ level: Int) throws(TemplateError) {
        guard let indent else { return }
        try interpreter.charge(bytes: level * indent.byteCount)
        builder.append("\n")
        for _ in 0..<level { builder.append(indent) }
    }

    private mutating func append(_ elements: [Value], _ level: Int) throws(TemplateError) {
        guard !elements.isEmpty else { return builder.append("[]") }
        try interpreter.enter()
        defer { interpreter.leave() }
        builder.append("[")
        for (position, element) in elements.enumerated() {
            if position > 0 { builder.append(itemSeparator) }
            try newline(level + 1)
            try append(element, level: level + 1)
        }
        try newline(level)
        builder.append("]")
    }

    private mutating func append(_ dict: Dict, _ level: Int) throws(TemplateError) {
        guard dict.count > 0 else { return builder.append("{}") }
        try interpreter.enter()
        defer { interpreter.leave() }
        var entries = dict.entries
        if sortsKeys {
            let interpreter = self.interpreter
            entries = try Sorting.sorted(entries) { first, second throws(TemplateError) in
                try interpreter.isLess(first.key, second.key)
            }
        }
        builder.append("{")
        for (position, entry) in entries.enumerated() {
            if position > 0 { builder.append(itemSeparator) }
            try newline(level + 1)
            try append(key(entry.key))
            builder.append(keySeparator)
            try append(entry.value, level: level + 1)
        }
        try newline(level)
        builder.append("}")
    }

    private func key(_ key: Value) throws(TemplateError) -> Text {
        switch key {
        case .string(let text): return text
        case .none: return Text("null")
        case .bool(let flag): return Text(flag ? "true" : "false")
        case .int, .big: return try interpreter.string(key)
        case .float(let number): return Text(JSONDump.float(number))
        default: throw .runtime("keys must be str, int, float, bool or None, not \(key.typeName)")
        }
    }

    private mutating func append(_ text: Text) throws(TemplateError) {
        try interpreter.charge(bytes: text.byteCount)
        builder.append("\"")
        if isPlain(text) { builder.append(text) } else { appendEscaped(text) }
        if case .request = text.origin {
            if let lastRequestEnd { builder.mark(lastRequestEnd..<builder.count) }
            lastRequestEnd = builder.count
        } else if !text.isEmpty {
            lastRequestEnd = nil
        }
        builder.append("\"")
    }

    private func isPlain(_ text: Text) -> Bool {
        for byte in text.string.utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F && isASCIIOnly {
            return false
        }
        return true
    }

    private mutating func appendEscaped(_ text: Text) {
        var cursor = OriginCursor(text.origin)
        let bytes = text.bytes
        var offset = 0
        while offset < bytes.count {
            let isRequest = cursor.isRequest(offset)
            let byte = bytes[offset]
            if byte < 0x80 && !(isASCIIOnly && byte == 0x7F) {
                if let escape = JSONDump.escape(byte) {
                    builder.append(escape, isRequest: isRequest)
                } else {
                    builder.append(byte, isRequest: isRequest)
                }
                offset += 1
                continue
            }
            let end = offset + UTF8Scalars.length(byte)
            if isASCIIOnly, let scalar = UTF8Scalars.scalar(at: offset, in: bytes[...]) {
                for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                    builder.append(JSONDump.unicodeEscape(UInt32(unit)), isRequest: isRequest)
                }
            } else {
                for index in offset..<end { builder.append(bytes[index], isRequest: isRequest) }
            }
            offset = end
        }
    }

    private static func escape(_ byte: UInt8) -> String? {
        switch byte {
        case 0x22: "\\\""
        case 0x5C: "\\\\"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        case 0x08: "\\b"
        case 0x0C: "\\f"
        case 0..<0x20: unicodeEscape(UInt32(byte))
        default: nil
        }
    }

    private static func unicodeEscape(_ unit: UInt32) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

/// A stable sort whose comparison can fail.
enum Sorting {
    static func sorted<Element>(
        _ elements: [Element],
        _ isLess: (Element, Element) throws(TemplateError) -> Bool
    ) throws(TemplateError) -> [Element] {
        var source = elements
        var width = 1
        while width < source.count {
            var merged: [Element] = []
            merged.reserveCapacity(source.count)
            for start in stride(from: 0, to: source.count, by: width * 2) {
                let middle = min(start + width, source.count)
                let end = min(start + width * 2, source.count)
                var (left, right) = (start, middle)
                while left < middle && right < end {
                    if try isLess(source[right], source[left]) {
                        merged.append(source[right])
                        right += 1
                    } else {
                        merged.append(source[left])
                        left += 1
                    }
                }
                merged.append(contentsOf: source[left..<middle])
                merged.append(contentsOf: source[right..<end])
            }
            source = merged
            width *= 2
        }
        return source
    }
}
