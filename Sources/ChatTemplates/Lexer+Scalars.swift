extension Lexer {
    func scalarLength(_ lead: UInt8) -> Int { UTF8Scalars.length(lead) }

    func scalar(at offset: Int) -> Unicode.Scalar? { UTF8Scalars.scalar(at: offset, in: source[...]) }

    /// The first place from there on that is not white space.
    func skippingWhitespace(from offset: Int) -> Int {
        var cursor = offset
        while cursor < source.count {
            let length = UTF8Scalars.whitespaceLength(at: cursor, in: source[...])
            if length == 0 { break }
            cursor += length
        }
        return cursor
    }

    /// Where the white space scalar that ends there begins, or `nil` when it is none.
    func whitespaceStart(before end: Int) -> Int? { UTF8Scalars.whitespaceStart(before: end, in: source[...]) }
}

/// Unicode scalars in UTF-8 bytes that are known to be valid.
enum UTF8Scalars {
    /// How many bytes the scalar with that first byte has.
    static func length(_ lead: UInt8) -> Int {
        if lead < 0xC0 { return 1 }
        if lead < 0xE0 { return 2 }
        return lead < 0xF0 ? 3 : 4
    }

    static func scalar(at offset: Int, in bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard offset < bytes.endIndex else { return nil }
        let lead = bytes[offset]
        let count = length(lead)
        if count == 1 { return Unicode.Scalar(lead) }
        guard offset + count <= bytes.endIndex else { return nil }
        var value = UInt32(lead) & (0x7F >> UInt32(count))
        for index in offset + 1..<offset + count { value = value << 6 | UInt32(bytes[index] & 0x3F) }
        return Unicode.Scalar(value)
    }

    /// How many bytes of white space (Python's `str.isspace`) stand there: 0 for none.
    static func whitespaceLength(at offset: Int, in bytes: ArraySlice<UInt8>) -> Int {
        let lead = bytes[offset]
        if lead < 0x80 { return isWhitespace(UInt32(lead)) ? 1 : 0 }
        guard lead == 0xC2 || (0xE1...0xE3).contains(lead), let scalar = scalar(at: offset, in: bytes),
            isWhitespace(scalar.value)
        else { return 0 }
        return length(lead)
    }

    static func whitespaceStart(before end: Int, in bytes: ArraySlice<UInt8>) -> Int? {
        var start = end - 1
        while start > bytes.startIndex && bytes[start] & 0xC0 == 0x80 { start -= 1 }
        guard start >= bytes.startIndex, whitespaceLength(at: start, in: bytes) == end - start else { return nil }
        return start
    }

    static func isWhitespace(_ value: UInt32) -> Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}
