/// Numbers from text, as Python's `int` and `float` read them.
extension PythonNumber {
    /// `int(text, base)`: white space around, a sign, the base's prefix, single underscores between digits.
    ///
    /// A base is 2 to 36, or 0 for the rules of literals; with any other nothing is a number.
    static func parseInteger(_ text: String, base: Int = 10) throws(TemplateError) -> Value? {
        guard base == 0 || (2...36).contains(base), var digits = ascii(text)?[...] else { return nil }
        let isNegative = dropSign(&digits) == UInt8(ascii: "-")
        let prefixed = prefixBase(digits)
        let radix = base == 0 ? prefixed ?? 10 : base
        let isZero = base == 0 && prefixed == nil && digits.first == UInt8(ascii: "0")
        if prefixed == radix {
            digits = digits.dropFirst(2)
            if digits.first == UInt8(ascii: "_") { digits = digits.dropFirst() }
        }
        guard var plain = withoutUnderscores(digits, between: { digit($0, radix) != nil }),
            !plain.isEmpty, plain.allSatisfy({ digit($0, radix) != nil })
        else { return nil }
        if isZero && plain.contains(where: { $0 != UInt8(ascii: "0") }) { return nil }
        if plain.count > TemplateLimits.maximumIntegerDigits {
            // Python bounds the digits too, but only in bases whose conversion is slow
            if radix & (radix - 1) != 0 { return nil }
            plain = Array(plain.drop { $0 == UInt8(ascii: "0") })
            if plain.count > TemplateLimits.maximumIntegerDigits { throw .limit("an integer grew too large") }
            if plain.isEmpty { return .int(0) }
        }
        return integer((isNegative ? "-" : "") + String(decoding: plain, as: UTF8.self), radix: radix)
    }

    /// `float(text)`: white space around, a sign, a decimal number or the name of infinity or NaN.
    static func parseFloat(_ text: String) -> Double? {
        guard let bytes = ascii(text), let plain = withoutUnderscores(bytes[...], between: isDigit) else { return nil }
        var rest = plain[...]
        let sign = dropSign(&rest) == UInt8(ascii: "-") ? "-" : ""
        switch String(decoding: rest, as: UTF8.self).lowercased() {
        case "inf", "infinity": return sign.isEmpty ? .infinity : -.infinity
        case "nan": return .nan
        default: break
        }
        let whole = dropDigits(&rest)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = dropDigits(&rest)
        }
        if whole.isEmpty && fraction.isEmpty { return nil }
        var exponent = "e"
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if dropSign(&rest) == UInt8(ascii: "-") { exponent += "-" }
            let digits = dropDigits(&rest)
            if digits.isEmpty { return nil }
            exponent += String(decoding: digits, as: UTF8.self)
        } else {
            exponent += "0"
        }
        guard rest.isEmpty else { return nil }
        let mantissa = String(decoding: whole, as: UTF8.self) + "." + String(decoding: fraction, as: UTF8.self)
        return Double(sign + "0" + mantissa + "0" + exponent)
    }

    // MARK: - Pieces

    /// The text with ASCII digits and without white space around it, or `nil` where no number has such a character.
    private static func ascii(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                bytes.append(UInt8(scalar.value))
            } else if UTF8Scalars.isWhitespace(scalar.value) {
                bytes.append(UInt8(ascii: " "))
            } else if StringOperations.isDecimal(scalar), let value = scalar.properties.numericValue {
                bytes.append(UInt8(ascii: "0") + UInt8(value))
            } else {
                return nil
            }
        }
        // the separators U+001C to U+001F, white space elsewhere, are not in numbers
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
        let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        return Array(bytes[start..<end])
    }

    private static func dropSign(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else { return nil }
        rest = rest.dropFirst()
        return first
    }

    private static func dropDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix(while: isDigit)
        rest = rest[digits.endIndex...]
        return digits
    }

    /// The base that a prefix like `0x` names.
    private static func prefixBase(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.count >= 2, digits.first == UInt8(ascii: "0") else { return nil }
        switch digits[digits.startIndex + 1] | 0x20 {
        case UInt8(ascii: "x"): return 16
        case UInt8(ascii: "o"): return 8
        case UInt8(ascii: "b"): return 2
        default: return nil
        }
    }

    /// The text without underscores, or `nil` where one does not stand between two digits.
    private static func withoutUnderscores(
        _ digits: ArraySlice<UInt8>,
        between isDigit: (UInt8) -> Bool
    ) -> [UInt8]? {
        let underscore = UInt8(ascii: "_")
        for place in digits.indices where digits[place] == underscore {
            guard place > digits.startIndex, place + 1 < digits.endIndex, isDigit(digits[place - 1]),
                isDigit(digits[place + 1])
            else { return nil }
        }
        return digits.filter { $0 != underscore }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func digit(_ byte: UInt8, _ radix: Int) -> Int? {
        BigInteger.digit(byte).flatMap { $0 < radix ? $0 : nil }
    }
}
