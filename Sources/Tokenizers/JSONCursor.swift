import MartletJSON

/// Reads strings and integers of one JSON value straight from a file's bytes, which are valid UTF-8.
struct JSONCursor {
    private let bytes: [UInt8]
    private let end: Int
    /// The offset of the next byte.
    private(set) var position: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    private mutating func skipWhitespace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Consumes the character, when it is next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipWhitespace()
        guard position < end, bytes[position] == UInt8(truncatingIfNeeded: character.value) else { return false }
        position += 1
        return true
    }

    /// Consumes the character.
    mutating func expect(_ character: Unicode.Scalar, _ path: String) throws(TokenizerError) {
        guard take(character) else { throw error(path, "'\(character)'") }
    }

    private func error(_ path: String, _ what: String) -> TokenizerError {
        .invalidField(path: path, expected: "well formed: \(what) is missing at byte \(position)")
    }

    /// Reads an integer.
    mutating func integer(_ path: String) throws(TokenizerError) -> Int {
        skipWhitespace()
        let isNegative = position < end && bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var value = 0
        let start = position
        while position < end, (0x30...0x39).contains(bytes[position]), position - start < 18 {
            value = value * 10 + Int(bytes[position] - 0x30)
            position += 1
        }
        if position == start { throw error(path, "an integer") }
        return isNegative ? -value : value
    }

    /// Reads a number, rounded as the reference's reader of JSON does.
    ///
    /// That is one division of the digits by a power of ten: at times not the nearest number, which decides between
    /// ways to cut a text that score the same.
    mutating func number(_ path: String) throws(TokenizerError) -> Double {
        skipWhitespace()
        let start = position
        let isNegative = takeByte(UInt8(ascii: "-"))
        var digits: UInt64 = 0
        var exponent = 0
        var isFull = false
        let firstDigit = position
        while let digit = takeDigit() {
            if !Self.append(digit, to: &digits, &isFull) { exponent += 1 }
        }
        guard position > firstDigit else { throw error(path, "a number") }
        if takeByte(UInt8(ascii: ".")) {
            while let digit = takeDigit() {
                if Self.append(digit, to: &digits, &isFull) { exponent -= 1 }
            }
        }
        if takeByte(UInt8(ascii: "e")) || takeByte(UInt8(ascii: "E")) {
            let isDown = takeByte(UInt8(ascii: "-"))
            if !isDown { _ = takeByte(UInt8(ascii: "+")) }
            var power = 0
            while let digit = takeDigit() { power = min(power * 10 + Int(digit), 10_000) }
            exponent += isDown ? -power : power
        }
        guard position - start <= 400, let value = Self.scaled(digits, exponent) else { throw error(path, "a number") }
        return isNegative ? -value : value
    }

    private mutating func takeByte(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeDigit() -> UInt64? {
        guard position < end, (0x30...0x39).contains(bytes[position]) else { return nil }
        position += 1
        return UInt64(bytes[position - 1] - 0x30)
    }

    /// Adds a digit while there is room; false for one that is dropped.
    private static func append(_ digit: UInt64, to digits: inout UInt64, _ isFull: inout Bool) -> Bool {
        let (product, overflows) = digits.multipliedReportingOverflow(by: 10)
        let (sum, carries) = product.addingReportingOverflow(digit)
        isFull = isFull || overflows || carries
        if !isFull { digits = sum }
        return !isFull
    }

    private static func scaled(_ digits: UInt64, _ exponent: Int) -> Double? {
        var value = Double(digits)
        var exponent = exponent
        while exponent < -308, value != 0 {
            value /= 1e308
            exponent += 308
        }
        if value == 0 { return 0 }
        guard exponent <= 308, let power = Double("1e\(abs(exponent))") else { return nil }
        value = exponent < 0 ? value / power : value * power
        return value.isFinite ? value : nil
    }

    /// Reads a string as UTF-8; where it has no escapes this is a slice of the file.
    mutating func string(_ path: String) throws(TokenizerError) -> ArraySlice<UInt8> {
        guard take("\"") else { throw error(path, "a string") }
        let start = position
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let slice = bytes[start..<position]
                position += 1
                return slice
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start, path) }
            if byte < 0x20 { throw error(path, "an escape for a control character") }
            position += 1
        }
        throw error(path, "the end of a string")
    }

    /// Appends a string as UTF-8.
    mutating func appendString(to text: inout [UInt8], _ path: String) throws(TokenizerError) {
        guard take("\"") else { throw error(path, "a string") }
        let start = position
        // in a register: this loop runs over nearly the whole file
        var index = start
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                text += bytes[start..<index]
                position = index + 1
                return
            }
            if byte == UInt8(ascii: "\\") {
                position = index
                text += try escapedString(from: start, path)
                return
            }
            if byte < 0x20 { break }
            index += 1
        }
        position = index
        throw error(path, index < end ? "an escape for a control character" : "the end of a string")
    }

    /// A string with escapes goes through the JSON parser.
    private mutating func escapedString(from start: Int, _ path: String) throws(TokenizerError) -> ArraySlice<UInt8> {
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < end else { throw error(path, "the end of a string") }
        position += 1
        do {
            let value = try JSONParser.parse(Array(bytes[(start - 1)..<position]))
            return Array((value.string ?? "").utf8)[...]
        } catch {
            throw .invalidField(path: path, expected: "well formed: \(error.reason) at byte \(start + error.offset)")
        }
    }
}
