/// How Python prints values: `str` and `repr`.
enum PythonFormat {
    /// `repr` of a float: the shortest digits that read back as the same number.
    static func float(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        var digits: [UInt8] = []
        var point: Int?
        var power = 0
        let text = Array("\(value.magnitude)".utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                power = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        var exponent = (point ?? digits.count) + power
        while digits.count > 1 && digits.first == 0x30 {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1 && digits.last == 0x30 { digits.removeLast() }
        if digits == [0x30] { exponent = 1 }
        return (value.sign == .minus ? "-" : "") + layout(digits, exponent)
    }

    /// Digits d₁d₂… as 0.d₁d₂… × 10^exponent, positional between 10⁻⁴ and 10¹⁶.
    private static func layout(_ digits: [UInt8], _ exponent: Int) -> String {
        var text: [UInt8] = []
        if exponent > 16 || exponent < -3 {
            text.append(digits[0])
            if digits.count > 1 {
                text.append(UInt8(ascii: "."))
                text.append(contentsOf: digits[1...])
            }
            return String(decoding: text, as: UTF8.self) + DecimalExpansion.exponentText(exponent - 1)
        }
        if exponent <= 0 {
            text.append(contentsOf: "0.".utf8)
            text.append(contentsOf: repeatElement(0x30, count: -exponent))
            text.append(contentsOf: digits)
        } else {
            let whole = min(exponent, digits.count)
            text.append(contentsOf: digits[..<whole])
            text.append(contentsOf: repeatElement(0x30, count: exponent - whole))
            text.append(UInt8(ascii: "."))
            text.append(contentsOf: whole < digits.count ? Array(digits[whole...]) : [0x30])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `repr` of a string.
    static func quoted(_ string: String) -> String {
        var builder = TextBuilder()
        appendQuoted(Text(string), to: &builder)
        return builder.text.string
    }

    static func appendQuoted(_ text: Text, to builder: inout TextBuilder) {
        let bytes = text.bytes
        let single = UInt8(ascii: "'")
        let double = UInt8(ascii: "\"")
        let quote = bytes.contains(single) && !bytes.contains(double) ? double : single
        builder.append(quote)
        var cursor = OriginCursor(text.origin)
        var index = 0
        while index < bytes.count {
            let length = UTF8Scalars.length(bytes[index])
            let isRequest = cursor.isRequest(index)
            if bytes[index] == quote || bytes[index] == UInt8(ascii: "\\") {
                builder.append(UInt8(ascii: "\\"), isRequest: isRequest)
                builder.append(bytes[index], isRequest: isRequest)
            } else if let scalar = UTF8Scalars.scalar(at: index, in: bytes[...]), let escape = escape(scalar) {
                builder.append(escape, isRequest: isRequest)
            } else {
                for byte in bytes[index..<index + length] { builder.append(byte, isRequest: isRequest) }
            }
            index += length
        }
        builder.append(quote)
    }

    /// The text with an escape for every scalar beyond ASCII, as `ascii` makes of a `repr`.
    static func ascii(_ text: Text) -> Text {
        if text.isASCII { return text }
        var builder = TextBuilder()
        var cursor = OriginCursor(text.origin)
        var offset = 0
        for scalar in text.string.unicodeScalars {
            let isRequest = cursor.isRequest(offset)
            builder.append(scalar.isASCII ? String(scalar) : hexEscape(scalar), isRequest: isRequest)
            offset += UTF8.width(scalar)
        }
        return builder.text
    }

    /// What stands in a `repr` for a scalar that is not printed as it is.
    private static func escape(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x09: return "\\t"
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x20..<0x7F: return nil
        default: break
        }
        return StringOperations.isPrintable(scalar) ? nil : hexEscape(scalar)
    }

    private static func hexEscape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let width = scalar.value <= 0xFF ? 2 : scalar.value <= 0xFFFF ? 4 : 8
        let prefix = width == 2 ? "\\x" : width == 4 ? "\\u" : "\\U"
        return prefix + String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}

extension Interpreter {
    /// Python's `str(value)`.
    func string(_ value: Value) throws(TemplateError) -> Text {
        switch value {
        case .string(let text): return text
        case .undefined: return Text("")
        case .int(let number): return Text(String(number))
        default: return try representation(value)
        }
    }

    /// Python's `repr(value)`.
    func representation(_ value: Value) throws(TemplateError) -> Text {
        var builder = TextBuilder()
        var lastRequestEnd: Int?
        try appendRepresentation(value, to: &builder, &lastRequestEnd)
        try charge(bytes: builder.count)
        return builder.text
    }

    private func appendRepresentation(
        _ value: Value,
        to builder: inout TextBuilder,
        _ lastRequestEnd: inout Int?
    ) throws(TemplateError) {
        switch value {
        case .undefined: builder.append("Undefined")
        case .none: builder.append("None")
        case .bool(let flag): builder.append(flag ? "True" : "False")
        case .int(let number): builder.append(String(number))
        case .big(let number): builder.append(number.description)
        case .float(let number): builder.append(PythonFormat.float(number))
        case .string(let text):
            try charge(bytes: text.byteCount)
            if text.isSafe { builder.append("Markup(") }
            PythonFormat.appendQuoted(text, to: &builder)
            // structure between two strings of the request counts as the request's
            if case .request = text.origin {
                let end = builder.count - 1
                if let lastRequestEnd { builder.mark(lastRequestEnd..<end) }
                lastRequestEnd = end
            } else if !text.isEmpty {
                lastRequestEnd = nil
            }
            if text.isSafe { builder.append(")") }
        case .list(let elements): try appendList(elements.values, "[", "]", to: &builder, &lastRequestEnd)
        case .tuple(let elements):
            let closing = elements.values.count == 1 ? ",)" : ")"
            try appendList(elements.values, "(", closing, to: &builder, &lastRequestEnd)
        case .dict(let dict): try appendDict(dict, to: &builder, &lastRequestEnd)
        case .object(let object): try appendObject(object, to: &builder, &lastRequestEnd)
        }
    }

    private func appendList(
        _ elements: [Value],
        _ opening: String,
        _ closing: String,
        to builder: inout TextBuilder,
        _ lastRequestEnd: inout Int?
    ) throws(TemplateError) {
        try enter()
        defer { leave() }
        try charge(steps: elements.count)
        builder.append(opening)
        for (position, element) in elements.enumerated() {
            if position > 0 { builder.append(", ") }
            try appendRepresentation(element, to: &builder, &lastRequestEnd)
        }
        builder.append(closing)
    }

    private func appendDict(
        _ dict: Dict,
        to builder: inout TextBuilder,
        _ lastRequestEnd: inout Int?
    ) throws(TemplateError) {
        try enter()
        defer { leave() }
        try charge(steps: dict.count)
        builder.append("{")
        for (position, entry) in dict.entries.enumerated() {
            if position > 0 { builder.append(", ") }
            try appendRepresentation(entry.key, to: &builder, &lastRequestEnd)
            builder.append(": ")
            try appendRepresentation(entry.value, to: &builder, &lastRequestEnd)
        }
        builder.append("}")
    }

    private func appendObject(
        _ object: TemplateObject,
        to builder: inout TextBuilder,
        _ lastRequestEnd: inout Int?
    ) throws(TemplateError) {
        if let view = object as? DictView {
            builder.append("dict_\(view.kind.rawValue)(")
            try appendList(view.elements, "[", "]", to: &builder, &lastRequestEnd)
            builder.append(")")
        } else if let namespace = object as? Namespace {
            builder.append("<Namespace ")
            let entries = namespace.attributes.map { Dict.Entry(key: .string($0.name), value: $0.value) }
            try appendDict(Dict(unique: entries), to: &builder, &lastRequestEnd)
            builder.append(">")
        } else {
            builder.append(object.representation)
        }
    }
}
