/// Python's `str.format`.
struct BraceFormat {
    private let arguments: Arguments
    private let interpreter: Interpreter
    /// Whether what is put in is escaped: the format is markup.
    private let escapes: Bool
    private var nextPosition = 0

    static func format(
        _ format: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Text {
        var formatter = BraceFormat(arguments: arguments, interpreter: interpreter, escapes: format.isSafe)
        return try formatter.format(format, depth: 0)
    }

    private init(arguments: Arguments, interpreter: Interpreter, escapes: Bool) {
        self.arguments = arguments
        self.interpreter = interpreter
        self.escapes = escapes
    }

    private mutating func format(_ format: Text, depth: Int) throws(TemplateError) -> Text {
        if depth > 2 { throw .runtime("Max string recursion exceeded") }
        let bytes = format.bytes
        var builder = TextBuilder()
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let isDoubled = index + 1 < bytes.count && bytes[index + 1] == byte
            if byte == UInt8(ascii: "{") && !isDoubled {
                let end = try fieldEnd(bytes, from: index + 1)
                var text = try field(format.slice(index + 1..<end), depth)
                if escapes, !text.isSafe { text = StringOperations.escaped(text) }
                try interpreter.charge(steps: 1 + text.byteCount / 16)
                builder.append(text)
                index = end + 1
                continue
            }
            if byte == UInt8(ascii: "}") && !isDoubled {
                throw .runtime("Single '}' encountered in format string")
            }
            builder.append(bytes[index...index], of: format)
            index += byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") ? 2 : 1
        }
        return builder.text
    }

    private func fieldEnd(_ bytes: [UInt8], from start: Int) throws(TemplateError) -> Int {
        var open = 1
        for index in start..<bytes.count {
            if bytes[index] == UInt8(ascii: "{") { open += 1 }
            if bytes[index] == UInt8(ascii: "}") {
                open -= 1
                if open == 0 { return index }
            }
        }
        throw .runtime(
            start < bytes.count ? "expected '}' before end of string" : "Single '{' encountered in format string"
        )
    }

    private mutating func field(_ field: Text, _ depth: Int) throws(TemplateError) -> Text {
        let bytes = field.bytes
        var nameEnd = bytes.count
        var brackets = 0
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "[") { brackets += 1 }
            if byte == UInt8(ascii: "]") { brackets -= 1 }
            if brackets <= 0 && (byte == UInt8(ascii: "!") || byte == UInt8(ascii: ":")) {
                nameEnd = index
                break
            }
        }
        var value = try lookUp(field.slice(0..<nameEnd).string)
        var rest = nameEnd
        if rest < bytes.count && bytes[rest] == UInt8(ascii: "!") {
            guard rest + 1 < bytes.count else { throw .runtime("end of string while looking for conversion specifier") }
            value = try converted(value, bytes[rest + 1])
            rest += 2
            if rest < bytes.count && bytes[rest] != UInt8(ascii: ":") {
                throw .runtime("expected ':' after conversion specifier")
            }
        }
        guard rest < bytes.count else { return try interpreter.string(value) }
        let specification = try format(field.slice(rest + 1..<bytes.count), depth: depth + 1)
        return try FormatSpecification(specification.string).apply(value, interpreter)
    }

    private func converted(_ value: Value, _ kind: UInt8) throws(TemplateError) -> Value {
        switch kind {
        case UInt8(ascii: "s"): return .string(try interpreter.string(value))
        case UInt8(ascii: "r"): return .string(try interpreter.representation(value))
        case UInt8(ascii: "a"): return .string(PythonFormat.ascii(try interpreter.representation(value)))
        default: throw .runtime("Unknown conversion specifier")
        }
    }

    /// The value of `0`, `name`, `name.attribute`, `0[key]` or nothing (the next positional one).
    private mutating func lookUp(_ name: String) throws(TemplateError) -> Value {
        let bytes = Array(name.utf8)
        let rootEnd = bytes.firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") } ?? bytes.count
        var value = try root(String(decoding: bytes[..<rootEnd], as: UTF8.self))
        var index = rootEnd
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ".") {
                let stops: (UInt8) -> Bool = { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }
                let end = bytes[(index + 1)...].firstIndex(where: stops) ?? bytes.count
                let attribute = String(decoding: bytes[index + 1..<end], as: UTF8.self)
                value = try interpreter.attribute(attribute, Method.named(attribute), of: value)
                index = end
            } else {
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "]")) else {
                    throw .runtime("Missing ']' in format string")
                }
                let key = String(decoding: bytes[index + 1..<end], as: UTF8.self)
                value = try interpreter.item(Int(key).map { .int($0) } ?? .string(key), of: value)
                index = end + 1
            }
        }
        return value
    }

    private mutating func root(_ name: String) throws(TemplateError) -> Value {
        if name.isEmpty || name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            let position = name.isEmpty ? nextPosition : Int(name) ?? Int.max
            if name.isEmpty { nextPosition += 1 }
            guard position < arguments.positional.count else {
                throw .runtime("Replacement index \(position) out of range for positional args tuple")
            }
            return arguments.positional[position]
        }
        guard let found = arguments.keywords.first(where: { Text.sameBytes($0.name, name) }) else {
            throw .runtime("'\(name)'")
        }
        return found.value
    }
}
