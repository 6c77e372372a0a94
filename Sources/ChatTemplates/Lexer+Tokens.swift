extension Lexer {
    /// Reads one name, literal or symbol inside a tag.
    mutating func readToken(_ brackets: inout [UInt8]) throws(TemplateError) {
        let first = source[position]
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber()
        case UInt8(ascii: "'"), UInt8(ascii: "\""): try readString(quote: first)
        case UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...:
            try readName()
        default: try readSymbol(&brackets)
        }
    }

    private mutating func readName() throws(TemplateError) {
        let start = position
        while position < source.count {
            let byte = source[position]
            guard isASCIIWord(byte) || byte >= 0x80 else { break }
            if byte >= 0x80 && !wordScalar(at: position) { break }
            position += byte >= 0x80 ? scalarLength(byte) : 1
        }
        guard position > start else {
            throw error("unexpected char \(describe(at: start)) at \(scalarOffset(start))", at: start)
        }
        add(.name(text(start..<position)), at: start)
    }

    private func isASCIIWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private func wordScalar(at offset: Int) -> Bool {
        guard let scalar = scalar(at: offset) else { return false }
        return scalar.properties.isXIDContinue
    }

    private func scalarOffset(_ offset: Int) -> Int {
        source[..<offset].reduce(into: 0) { count, byte in count += byte & 0xC0 != 0x80 ? 1 : 0 }
    }

    private func describe(at offset: Int) -> String {
        let string = scalar(at: offset).map { String(Character($0)) } ?? ""
        return PythonFormat.quoted(string)
    }

    // MARK: - Numbers

    private mutating func readNumber() throws(TemplateError) {
        let start = position
        let followsDot = start > 0 && source[start - 1] == UInt8(ascii: ".")
        if !followsDot, let end = floatEnd(from: start) {
            let digits = text(start..<end).utf8.filter { $0 != UInt8(ascii: "_") }
            guard let value = Double(String(decoding: digits, as: UTF8.self)) else {
                throw error("invalid number", at: start)
            }
            position = end
            add(.float(value), at: start)
            return
        }
        position = integerEnd(from: start)
        let digits = text(start..<position).utf8.filter { $0 != UInt8(ascii: "_") }
        add(.integer(String(decoding: digits, as: UTF8.self)), at: start)
    }

    /// The end of digits with single underscores between them, or `nil` where there is no digit.
    private func digitsEnd(from offset: Int, _ isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }) -> Int? {
        guard isDigit(byte(offset)) else { return nil }
        var cursor = offset + 1
        while true {
            if isDigit(byte(cursor)) {
                cursor += 1
            } else if byte(cursor) == UInt8(ascii: "_") && isDigit(byte(cursor + 1)) {
                cursor += 2
            } else {
                return cursor
            }
        }
    }

    private func floatEnd(from start: Int) -> Int? {
        guard var cursor = digitsEnd(from: start) else { return nil }
        var isFloat = false
        if byte(cursor) == UInt8(ascii: "."), let end = digitsEnd(from: cursor + 1) {
            cursor = end
            isFloat = true
        }
        if byte(cursor) | 0x20 == UInt8(ascii: "e") {
            let sign = byte(cursor + 1) == UInt8(ascii: "+") || byte(cursor + 1) == UInt8(ascii: "-")
            if let end = digitsEnd(from: cursor + (sign ? 2 : 1)) {
                cursor = end
                isFloat = true
            }
        }
        return isFloat ? cursor : nil
    }

    private func integerEnd(from start: Int) -> Int {
        guard source[start] == UInt8(ascii: "0") else { return digitsEnd(from: start) ?? start + 1 }
        let prefix = byte(start + 1) | 0x20
        var cursor = start + 2
        if byte(cursor) == UInt8(ascii: "_") { cursor += 1 }
        let end: Int? =
            switch prefix {
            case UInt8(ascii: "b"): digitsEnd(from: cursor) { (0x30...0x31).contains($0) }
            case UInt8(ascii: "o"): digitsEnd(from: cursor) { (0x30...0x37).contains($0) }
            case UInt8(ascii: "x"):
                digitsEnd(from: cursor) { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
            default: nil
            }
        return end ?? digitsEnd(from: start) { $0 == UInt8(ascii: "0") } ?? start + 1
    }

    // MARK: - Symbols

    private mutating func readSymbol(_ brackets: inout [UInt8]) throws(TemplateError) {
        let start = position
        let pair = text(start..<min(start + 2, source.count))
        if let symbol = pair.utf8.count == 2 ? Symbol(rawValue: pair) : nil {
            position += 2
            add(.symbol(symbol), at: start)
            return
        }
        guard let symbol = Symbol(rawValue: text(start..<start + 1)) else {
            throw error("unexpected char \(describe(at: start)) at \(scalarOffset(start))", at: start)
        }
        switch symbol {
        case .lparen: brackets.append(UInt8(ascii: ")"))
        case .lbracket: brackets.append(UInt8(ascii: "]"))
        case .lbrace: brackets.append(UInt8(ascii: "}"))
        case .rparen, .rbracket, .rbrace:
            guard let expected = brackets.popLast() else {
                throw error("unexpected '\(symbol.rawValue)'", at: start)
            }
            guard expected == source[start] else {
                let wanted = Character(Unicode.Scalar(expected))
                throw error("unexpected '\(symbol.rawValue)', expected '\(wanted)'", at: start)
            }
        default: break
        }
        position += 1
        add(.symbol(symbol), at: start)
    }

    // MARK: - Strings

    private mutating func readString(quote: UInt8) throws(TemplateError) {
        let start = position
        var cursor = start + 1
        while cursor < source.count && source[cursor] != quote {
            cursor += source[cursor] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard cursor < source.count else {
            throw error("unexpected char \(describe(at: start)) at \(scalarOffset(start))", at: start)
        }
        position = cursor + 1
        add(.string(try unescaped(start + 1..<cursor)), at: start)
    }

    private func unescaped(_ range: Range<Int>) throws(TemplateError) -> String {
        guard source[range].contains(UInt8(ascii: "\\")) else { return text(range) }
        var decoded: [UInt8] = []
        var cursor = range.lowerBound
        while cursor < range.upperBound {
            if source[cursor] == UInt8(ascii: "\\") {
                cursor = try appendEscape(at: cursor, end: range.upperBound, to: &decoded)
            } else {
                decoded.append(source[cursor])
                cursor += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Appends what the escape at that place means and returns where the text goes on.
    private func appendEscape(at offset: Int, end: Int, to decoded: inout [UInt8]) throws(TemplateError) -> Int {
        let kind = byte(offset + 1)
        switch kind {
        case 0x0A: return offset + 2
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "a"): decoded.append(0x07)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "v"): decoded.append(0x0B)
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): decoded.append(kind)
        case UInt8(ascii: "x"): return try appendHex(at: offset, digits: 2, end: end, to: &decoded)
        case UInt8(ascii: "u"): return try appendHex(at: offset, digits: 4, end: end, to: &decoded)
        case UInt8(ascii: "U"): return try appendHex(at: offset, digits: 8, end: end, to: &decoded)
        case UInt8(ascii: "N"): throw error("unknown Unicode character name", at: offset)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): return appendOctal(at: offset, end: end, to: &decoded)
        default:
            decoded.append(UInt8(ascii: "\\"))
            return offset + 1
        }
        return offset + 2
    }

    private func appendOctal(at offset: Int, end: Int, to decoded: inout [UInt8]) -> Int {
        var value: UInt32 = 0
        var cursor = offset + 1
        while cursor < min(end, offset + 4), (0x30...0x37).contains(source[cursor]) {
            value = value * 8 + UInt32(source[cursor] - 0x30)
            cursor += 1
        }
        appendScalar(value, to: &decoded)
        return cursor
    }

    private func appendHex(
        at offset: Int,
        digits: Int,
        end: Int,
        to decoded: inout [UInt8]
    ) throws(TemplateError) -> Int {
        let stop = offset + 2 + digits
        guard stop <= end, let value = UInt32(text(offset + 2..<stop), radix: 16) else {
            throw error("truncated escape in a string", at: offset)
        }
        guard value <= 0x10FFFF else { throw error("illegal Unicode character", at: offset) }
        appendScalar(value, to: &decoded)
        return stop
    }

    private func appendScalar(_ value: UInt32, to decoded: inout [UInt8]) {
        decoded.append(contentsOf: String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
    }
}
