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

    /// Reads a number.
    mutating func number(_ path: String) throws(TokenizerError) -> Double {
        skipWhitespace()
        let start = position
        while position < end, position - start < 64 {
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                position += 1
                continue
            default: break
            }
            break
        }
        guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
            throw error(path, "a number")
        }
        return value
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
