/// Python's format specification: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
struct FormatSpecification {
    var fill = " "
    var align: UInt8?
    var sign = UInt8(ascii: "-")
    var isAlternate = false
    var width = 0
    var grouping: UInt8?
    var precision: Int?
    var type: UInt8?
    private var isEmpty = false
    private var hasSign = false
    /// Whether `0` stands before the width without an alignment: zeros go between sign and digits.
    private var isZeroPadded = false

    init() {}

    init(_ text: String) throws(TemplateError) {
        isEmpty = text.isEmpty
        let scalars = Array(text.unicodeScalars)
        var index = 0
        func byte(_ index: Int) -> UInt8 {
            index < scalars.count && scalars[index].isASCII ? UInt8(truncatingIfNeeded: scalars[index].value) : 0
        }
        func isAlign(_ byte: UInt8) -> Bool { "<>=^".utf8.contains(byte) }
        let fills = scalars.count > 1 && isAlign(byte(1))
        if fills {
            fill = String(Character(scalars[0]))
            align = byte(1)
            index = 2
        } else if isAlign(byte(0)) {
            align = byte(0)
            index = 1
        }
        if "+- ".utf8.contains(byte(index)) {
            sign = byte(index)
            hasSign = true
            index += 1
        }
        if byte(index) == UInt8(ascii: "#") {
            isAlternate = true
            index += 1
        }
        if byte(index) == UInt8(ascii: "0") {
            if !fills { fill = "0" }
            isZeroPadded = align == nil
            index += 1
        }
        width = try FormatSpecification.number(scalars, &index) ?? 0
        if byte(index) == UInt8(ascii: ",") || byte(index) == UInt8(ascii: "_") {
            grouping = byte(index)
            index += 1
        }
        if byte(index) == UInt8(ascii: ".") {
            index += 1
            guard let digits = try FormatSpecification.number(scalars, &index) else {
                throw .runtime("Format specifier missing precision")
            }
            precision = digits
        }
        if index < scalars.count {
            type = byte(index)
            index += 1
        }
        if index < scalars.count { throw .runtime("Invalid format specifier") }
    }

    private static func number(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(TemplateError) -> Int? {
        var value: Int?
        while index < scalars.count, (0x30...0x39).contains(scalars[index].value) {
            value = (value ?? 0) * 10 + Int(scalars[index].value - 0x30)
            if let value, value > TemplateLimits.maximumPadding {
                throw .limit("a format asks for too many characters")
            }
            index += 1
        }
        return value
    }

    // MARK: - Applying

    /// Python's `format(value, specification)`.
    func apply(_ value: Value, _ interpreter: Interpreter) throws(TemplateError) -> Text {
        switch value {
        case .string(let text):
            guard type == nil || type == UInt8(ascii: "s") else { throw unknownCode(value) }
            guard !hasSign, !isAlternate, grouping == nil, align != UInt8(ascii: "=") else {
                throw .runtime("a sign, '#', a grouping and '=' are not allowed in a string format")
            }
            return try padded(text.prefix(precision), UInt8(ascii: "<"), interpreter)
        case .bool(let flag) where isEmpty: return Text(flag ? "True" : "False")
        case .int, .bool, .big: return try integer(value, interpreter)
        case .float(let number): return try float(number, value, interpreter)
        default:
            if !isEmpty {
                throw .runtime("unsupported format string passed to \(value.typeName).__format__")
            }
            return try interpreter.string(value)
        }
    }

    private func unknownCode(_ value: Value) -> TemplateError {
        let code = type.map { String(Character(Unicode.Scalar($0))) } ?? ""
        return .runtime("Unknown format code '\(code)' for object of type '\(value.typeName)'")
    }

    private func padded(
        _ text: Text,
        _ standard: UInt8,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Text {
        let side: StringOperations.Side =
            switch align ?? standard {
            case UInt8(ascii: "<"): .right
            case UInt8(ascii: "^"): .both
            default: .left
            }
        if side == .both {
            // `format` puts the odd one on the right, unlike `str.center`
            let missing = width - text.scalarCount
            if missing <= 0 { return text }
            let left = try StringOperations.padded(
                text,
                text.scalarCount + missing / 2,
                Text(fill),
                .left,
                interpreter
            )
            return try StringOperations.padded(left, width, Text(fill), .right, interpreter)
        }
        return try StringOperations.padded(text, width, Text(fill), side, interpreter)
    }

    private func integer(_ value: Value, _ interpreter: Interpreter) throws(TemplateError) -> Text {
        guard let big = PythonNumber.big(value) else { throw unknownCode(value) }
        let isFloatCode = type.map { "eEfFgG%".utf8.contains($0) } ?? false
        if precision != nil && !isFloatCode {
            throw .runtime("Precision not allowed in integer format specifier")
        }
        let magnitude = big.isNegative ? -big : big
        let body: String
        switch type {
        case nil, UInt8(ascii: "d"), UInt8(ascii: "n"):
            return try number(magnitude.description, isNegative: big.isNegative, interpreter)
        case UInt8(ascii: "x"): body = magnitude.digits(radix: 16)
        case UInt8(ascii: "X"): body = magnitude.digits(radix: 16).uppercased()
        case UInt8(ascii: "o"): body = magnitude.digits(radix: 8)
        case UInt8(ascii: "b"): body = magnitude.digits(radix: 2)
        case UInt8(ascii: "c"):
            guard let scalar = value.integer.flatMap({ UInt32(exactly: $0) }).flatMap({ Unicode.Scalar($0) }) else {
                throw .runtime("%c arg not in range(0x110000)")
            }
            return try padded(Text(String(Character(scalar))), UInt8(ascii: "<"), interpreter)
        case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "g"),
            UInt8(ascii: "G"), UInt8(ascii: "%"):
            return try float(big.double, value, interpreter)
        default: throw unknownCode(value)
        }
        if grouping == UInt8(ascii: ",") { throw .runtime("Cannot specify ',' with a type of another base than 10.") }
        let code = type.map { String(Character(Unicode.Scalar($0))) } ?? ""
        return try number(
            body,
            prefix: isAlternate ? "0" + code : "",
            groupSize: 4,
            isNegative: big.isNegative,
            interpreter
        )
    }

    private func float(_ value: Double, _ original: Value, _ interpreter: Interpreter) throws(TemplateError) -> Text {
        var body: String
        let magnitude = value.magnitude
        let kind = type ?? 0
        if !value.isFinite {
            body = value.isNaN ? "nan" : "inf"
        } else {
            let expansion = DecimalExpansion(kind == UInt8(ascii: "%") ? magnitude * 100 : magnitude)
            switch kind | 0x20 {
            case UInt8(ascii: "f"): body = expansion.fixed(precision ?? 6)
            case UInt8(ascii: "e"): body = expansion.scientific(precision ?? 6)
            case UInt8(ascii: "g"), UInt8(ascii: "n"):
                body = expansion.general(precision ?? 6, keepsZeros: isAlternate)
            case UInt8(ascii: "%"): body = expansion.fixed(precision ?? 6) + "%"
            case 0x20:
                body = PythonFormat.float(magnitude)
                if let precision {
                    body = expansion.general(precision, keepsZeros: false)
                    if !body.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }) {
                        body += ".0"
                    }
                }
            default: throw unknownCode(original)
            }
        }
        if kind == UInt8(ascii: "E") || kind == UInt8(ascii: "G") || kind == UInt8(ascii: "F") {
            body = body.uppercased()
        }
        return try number(body, isNegative: value.sign == .minus && !value.isNaN, interpreter)
    }

    /// Adds sign, prefix, grouping and padding to a number's digits.
    private func number(
        _ body: String,
        prefix: String = "",
        groupSize: Int = 3,
        isNegative: Bool,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Text {
        var lead = ""
        if isNegative {
            lead = "-"
        } else if sign != UInt8(ascii: "-") {
            lead = String(Character(Unicode.Scalar(sign)))
        }
        lead += prefix
        guard align == UInt8(ascii: "=") || isZeroPadded else {
            return try padded(Text(lead + grouped(body, groupSize, width: 0)), UInt8(ascii: ">"), interpreter)
        }
        let inner = max(0, width - lead.utf8.count)
        let digits = grouped(body, groupSize, width: fill == "0" ? inner : 0)
        return Text(lead) + (try StringOperations.padded(Text(digits), inner, Text(fill), .left, interpreter))
    }

    /// A number with its whole part in groups, and zeros before it that are grouped too up to the width.
    private func grouped(_ body: String, _ size: Int, width: Int) -> String {
        guard let grouping else { return body }
        let bytes = Array(body.utf8)
        let isDigit: (UInt8) -> Bool = { byte in
            (0x30...0x39).contains(byte) || size == 4 && (0x61...0x66).contains(byte | 0x20)
        }
        let whole = bytes.prefix(while: isDigit)
        let rest = bytes.dropFirst(whole.count)
        var count = whole.count
        // a group is never begun by its separator
        while count + max(count - 1, 0) / size + rest.count < width { count += 1 }
        var text: [UInt8] = []
        for index in 0..<count {
            if index > 0 && (count - index) % size == 0 { text.append(grouping) }
            let digit = index - (count - whole.count)
            text.append(digit < 0 ? 0x30 : whole[digit])
        }
        return String(decoding: text + rest, as: UTF8.self)
    }
}

extension Text {
    /// The first so many scalars; all of them for `nil`.
    func prefix(_ count: Int?) -> Text {
        guard let count, count < scalarCount else { return self }
        return slice(0..<StringOperations.scalarOffsets(self)[count])
    }
}
