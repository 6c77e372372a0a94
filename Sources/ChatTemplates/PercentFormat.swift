/// The `%` operator on strings.
struct PercentFormat {
    private let format: Text
    private let bytes: [UInt8]
    private let interpreter: Interpreter
    private let values: [Value]
    private let mapping: Dict?
    /// Whether the argument has elements of its own, so that a format need not use it.
    private let allowsUnused: Bool
    private var index = 0
    private var nextValue = 0
    private var builder = TextBuilder()

    static func format(_ format: Text, _ argument: Value, _ interpreter: Interpreter) throws(TemplateError) -> Text {
        var formatter = PercentFormat(format, argument, interpreter)
        return try formatter.run()
    }

    private init(_ format: Text, _ argument: Value, _ interpreter: Interpreter) {
        self.format = format
        self.interpreter = interpreter
        bytes = format.bytes
        if case .tuple(let elements) = argument { values = elements.values } else { values = [argument] }
        if case .dict(let dict) = argument { mapping = dict } else { mapping = nil }
        switch argument {
        case .list: allowsUnused = true
        case .tuple: allowsUnused = false
        case .object(let object): allowsUnused = object is RangeObject
        default: allowsUnused = mapping != nil || argument.isUndefined
        }
    }

    private mutating func run() throws(TemplateError) -> Text {
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%") {
                index += 1
                try conversion()
            } else {
                let start = index
                while index < bytes.count && bytes[index] != UInt8(ascii: "%") { index += 1 }
                builder.append(bytes[start..<index], of: format)
            }
        }
        if nextValue < values.count && !allowsUnused {
            throw .runtime("not all arguments converted during string formatting")
        }
        try interpreter.charge(bytes: builder.count)
        return format.markedAlike(builder.text)
    }

    private var current: UInt8 { index < bytes.count ? bytes[index] : 0 }

    private mutating func next() throws(TemplateError) -> Value {
        guard nextValue < values.count else { throw .runtime("not enough arguments for format string") }
        nextValue += 1
        return values[nextValue - 1]
    }

    private mutating func conversion() throws(TemplateError) {
        var keyed: Value?
        if current == UInt8(ascii: "(") {
            guard let mapping else { throw .runtime("format requires a mapping") }
            guard let end = bytes[index...].firstIndex(of: UInt8(ascii: ")")) else {
                throw .runtime("incomplete format key")
            }
            let key = String(decoding: bytes[index + 1..<end], as: UTF8.self)
            guard let value = mapping[key] else { throw .runtime("'\(key)'") }
            keyed = value
            index = end + 1
        }
        var specification = FormatSpecification()
        specification.align = UInt8(ascii: ">")
        flags(&specification)
        if let width = try number() {
            specification.width = Int(min(width.magnitude, UInt(TemplateLimits.maximumPadding) + 1))
            if width < 0 { specification.align = UInt8(ascii: "<") }
        }
        if current == UInt8(ascii: ".") {
            index += 1
            specification.precision = max(0, try number() ?? 0)
        }
        if specification.precision ?? 0 > TemplateLimits.maximumPadding {
            throw .limit("a format asks for too many characters")
        }
        while "hlL".utf8.contains(current) { index += 1 }
        guard index < bytes.count else { throw .runtime("incomplete format") }
        let kind = current
        index += 1
        if kind == UInt8(ascii: "%") {
            builder.append("%")
            return
        }
        let value: Value
        if let keyed { value = keyed } else { value = try next() }
        builder.append(try converted(value, kind, specification))
    }

    private mutating func flags(_ specification: inout FormatSpecification) {
        var isLeft = false
        var isZero = false
        while true {
            switch current {
            case UInt8(ascii: "-"): isLeft = true
            case UInt8(ascii: "0"): isZero = true
            case UInt8(ascii: "+"): specification.sign = UInt8(ascii: "+")
            case UInt8(ascii: " "):
                if specification.sign == UInt8(ascii: "-") { specification.sign = UInt8(ascii: " ") }
            case UInt8(ascii: "#"): specification.isAlternate = true
            default:
                if isLeft {
                    specification.align = UInt8(ascii: "<")
                } else if isZero {
                    specification.fill = "0"
                    specification.align = UInt8(ascii: "=")
                }
                return
            }
            index += 1
        }
    }

    private mutating func number() throws(TemplateError) -> Int? {
        if current == UInt8(ascii: "*") {
            index += 1
            guard let value = try next().integer else { throw .runtime("* wants int") }
            return value
        }
        var value: Int?
        while (0x30...0x39).contains(current) {
            value = min((value ?? 0) * 10 + Int(current - 0x30), TemplateLimits.maximumPadding + 1)
            index += 1
        }
        return value
    }

    private func converted(
        _ value: Value,
        _ kind: UInt8,
        _ specification: FormatSpecification
    ) throws(TemplateError) -> Text {
        var specification = specification
        switch kind {
        case UInt8(ascii: "s"), UInt8(ascii: "r"), UInt8(ascii: "a"):
            var text = kind == UInt8(ascii: "s") ? try interpreter.string(value) : try interpreter.representation(value)
            if kind == UInt8(ascii: "a") { text = PythonFormat.ascii(text) }
            if format.isSafe, !text.isSafe || kind != UInt8(ascii: "s") { text = StringOperations.escaped(text) }
            if specification.align == UInt8(ascii: "=") { specification.align = UInt8(ascii: ">") }
            specification.fill = " "
            specification.sign = UInt8(ascii: "-")
            return try specification.apply(.string(text), interpreter)
        case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"):
            let whole = try integer(value, kind, allowsFloat: true)
            return try withMinimumDigits(&specification, whole, UInt8(ascii: "d"))
        case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "o"), UInt8(ascii: "c"):
            // what markup puts in is no integer
            guard !format.isSafe else {
                throw .runtime("%\(Character(Unicode.Scalar(kind))) needs a format that is no markup")
            }
            if kind == UInt8(ascii: "c") { return try character(value, &specification) }
            return try withMinimumDigits(&specification, try integer(value, kind, allowsFloat: false), kind)
        case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "g"),
            UInt8(ascii: "G"):
            guard let number = value.number else {
                throw .runtime("must be real number, not \(value.typeName)")
            }
            specification.type = kind
            return try specification.apply(.float(number), interpreter)
        default:
            throw .runtime("unsupported format character '\(Character(Unicode.Scalar(kind)))'")
        }
    }

    private func character(_ value: Value, _ specification: inout FormatSpecification) throws(TemplateError) -> Text {
        let kind = UInt8(ascii: "c")
        if let text = value.text, text.scalarCount == 1 {
            specification.sign = UInt8(ascii: "-")
            if specification.align == UInt8(ascii: "=") { specification.align = UInt8(ascii: ">") }
            specification.fill = " "
            return try specification.apply(value, interpreter)
        }
        specification.type = kind
        return try specification.apply(try integer(value, kind, allowsFloat: false), interpreter)
    }

    private func integer(_ value: Value, _ kind: UInt8, allowsFloat: Bool) throws(TemplateError) -> Value {
        if value.isInteger { return value }
        if allowsFloat, case .float(let number) = value, number.isFinite {
            return PythonNumber.value(BigInteger(number))
        }
        throw .runtime(
            "%\(Character(Unicode.Scalar(kind))) format: a real number is required, not \(value.typeName)"
        )
    }

    /// A precision on an integer asks for that many digits.
    private func withMinimumDigits(
        _ specification: inout FormatSpecification,
        _ value: Value,
        _ kind: UInt8
    ) throws(TemplateError) -> Text {
        let digits = specification.precision
        specification.precision = nil
        specification.type = kind
        guard let digits else { return try specification.apply(value, interpreter) }
        let isNegative = PythonNumber.big(value)?.isNegative ?? false
        var inner = FormatSpecification()
        inner.type = kind
        inner.sign = specification.sign
        inner.fill = "0"
        inner.align = UInt8(ascii: "=")
        inner.width = digits + (isNegative || specification.sign != UInt8(ascii: "-") ? 1 : 0)
        let text = try inner.apply(value, interpreter)
        var outer = FormatSpecification()
        outer.width = specification.width
        outer.align = specification.align == UInt8(ascii: "=") ? UInt8(ascii: ">") : specification.align
        return try outer.apply(.string(text), interpreter)
    }
}
