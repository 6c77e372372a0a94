/// Reads the inside of a JSON string byte by byte, up to the closing quote.
///
/// What is written is a string whatever comes: control characters are escaped, and a backslash that begins no escape (as
/// in `\d`) stands for itself.
struct JSONStringScanner: Sendable {

    private enum State: Hashable {
        case plain, escape
        case unicode(digits: Int, value: UInt32)
    }

    private var state = State.plain
    /// The first half of a surrogate pair that is not written yet.
    private var highSurrogate: UInt32?

    /// A scanner behind the opening quote.
    init() {}

    /// Takes a byte, and appends what is to be written.
    ///
    /// - Parameters:
    ///   - byte: the byte.
    ///   - normalizes: whether escapes that are not needed are resolved.
    ///   - output: the text so far.
    /// - Returns: whether the byte was the closing quote.
    mutating func consume(_ byte: UInt8, normalizes: Bool, into output: inout [UInt8]) -> Bool {
        switch state {
        case .plain:
            if byte == UInt8(ascii: "\\") {
                state = .escape
                return false
            }
            writeHighSurrogate(&output)
            if byte == UInt8(ascii: "\"") {
                output.append(byte)
                self = JSONStringScanner()
                return true
            }
            JSONEscape.append(byte, to: &output)
        case .escape: return escape(byte, normalizes: normalizes, &output)
        case .unicode(let digits, let value):
            guard byte < 0x80, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                writeBrokenUnicode(digits, value, &output)
                return consume(byte, normalizes: normalizes, into: &output)
            }
            state = .unicode(digits: digits + 1, value: value << 4 | UInt32(digit))
            if digits == 3 { endUnicode(value << 4 | UInt32(digit), normalizes: normalizes, &output) }
        }
        return false
    }

    private mutating func escape(_ byte: UInt8, normalizes: Bool, _ output: inout [UInt8]) -> Bool {
        if byte == UInt8(ascii: "u") {
            state = .unicode(digits: 0, value: 0)
            return false
        }
        writeHighSurrogate(&output)
        state = .plain
        guard "\"\\/bfnrt".utf8.contains(byte) else {
            output.append(contentsOf: "\\\\".utf8)
            return consume(byte, normalizes: normalizes, into: &output)
        }
        if !(normalizes && byte == UInt8(ascii: "/")) { output.append(UInt8(ascii: "\\")) }
        output.append(byte)
        return false
    }

    private mutating func writeBrokenUnicode(_ digits: Int, _ value: UInt32, _ output: inout [UInt8]) {
        writeHighSurrogate(&output)
        state = .plain
        output.append(contentsOf: "\\\\u".utf8)
        let hexadecimal = String(value, radix: 16)
        if digits > 0 {
            output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits - hexadecimal.utf8.count))
            output.append(contentsOf: hexadecimal.utf8)
        }
    }

    private mutating func endUnicode(_ value: UInt32, normalizes: Bool, _ output: inout [UInt8]) {
        state = .plain
        if let high = highSurrogate, (0xDC00..<0xE000).contains(value) {
            highSurrogate = nil
            let scalar = 0x10000 + (high - 0xD800) << 10 + (value - 0xDC00)
            write(scalar, normalizes: normalizes, escapes: [high, value], &output)
            return
        }
        writeHighSurrogate(&output)
        if (0xD800..<0xDC00).contains(value) {
            highSurrogate = value
        } else {
            write(value, normalizes: normalizes, escapes: [value], &output)
        }
    }

    private func write(_ value: UInt32, normalizes: Bool, escapes: [UInt32], _ output: inout [UInt8]) {
        if normalizes, let scalar = UnicodeScalar(value) {
            for byte in String(Character(scalar)).utf8 { JSONEscape.append(byte, quoted: true, to: &output) }
        } else {
            for escape in escapes { JSONEscape.append(unit: escape, to: &output) }
        }
    }

    private mutating func writeHighSurrogate(_ output: inout [UInt8]) {
        guard let high = highSurrogate else { return }
        highSurrogate = nil
        JSONEscape.append(unit: high, to: &output)
    }
}

/// How JSON text writes what it cannot hold as it is.
enum JSONEscape {
    /// Appends a byte of a string, escaped where it is a control character.
    ///
    /// - Parameters:
    ///   - byte: the byte.
    ///   - quoted: whether quotes and backslashes are to be escaped too.
    ///   - output: the text so far.
    static func append(_ byte: UInt8, quoted: Bool = false, to output: inout [UInt8]) {
        switch byte {
        case 0x0A: output.append(contentsOf: [0x5C, UInt8(ascii: "n")])
        case 0x0D: output.append(contentsOf: [0x5C, UInt8(ascii: "r")])
        case 0x09: output.append(contentsOf: [0x5C, UInt8(ascii: "t")])
        case 0x08: output.append(contentsOf: [0x5C, UInt8(ascii: "b")])
        case 0x0C: output.append(contentsOf: [0x5C, UInt8(ascii: "f")])
        case 0..<0x20: append(unit: UInt32(byte), to: &output)
        case 0x22, 0x5C:
            if quoted { output.append(0x5C) }
            output.append(byte)
        default: output.append(byte)
        }
    }

    /// Appends a UTF-16 unit as `\u` and four digits.
    static func append(unit: UInt32, to output: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        output.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] { output.append(digits[Int(unit >> UInt32(shift)) & 15]) }
    }
}
