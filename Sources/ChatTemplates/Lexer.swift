/// A token of the template language.
enum Token: Equatable {
    /// Text between tags.
    case data(String)
    case variableBegin
    case variableEnd
    case blockBegin
    case blockEnd
    case name(String)
    case string(String)
    case integer(String)
    case float(Double)
    case symbol(Symbol)
    case end
}

/// An operator or bracket.
enum Symbol: String {
    case add = "+"
    case sub = "-"
    case div = "/"
    case floordiv = "//"
    case mul = "*"
    case mod = "%"
    case pow = "**"
    case tilde = "~"
    case lbracket = "["
    case rbracket = "]"
    case lparen = "("
    case rparen = ")"
    case lbrace = "{"
    case rbrace = "}"
    case eq = "=="
    case ne = "!="
    case gt = ">"
    case gteq = ">="
    case lt = "<"
    case lteq = "<="
    case assign = "="
    case dot = "."
    case colon = ":"
    case pipe = "|"
    case comma = ","
    case semicolon = ";"
}

/// Splits a template's source into tokens.
///
/// White space around tags is settled here: `trim_blocks` (the newline after a block or comment goes), `lstrip_blocks`
/// (white space between the line's start and a block or comment goes), and the signs `-` and `+`.
struct Lexer {
    struct Located {
        let token: Token
        let offset: Int
    }

    let source: [UInt8]
    var position = 0
    var tokens: [Located] = []
    /// Whether what was read last ended in a newline, or nothing was read yet.
    private var isAtLineStart = true

    /// - Parameter source: the text with `\n` as its only line break, without the last one.
    init(_ source: [UInt8]) { self.source = source }

    /// The source as Jinja2 reads it: every line break is `\n`, and one at the very end is dropped.
    static func normalized(_ source: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.utf8.count)
        var previous: UInt8 = 0
        for byte in source.utf8 {
            if byte == 0x0D {
                bytes.append(0x0A)
            } else if byte != 0x0A || previous != 0x0D {
                bytes.append(byte)
            }
            previous = byte
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        return bytes
    }

    static func tokenize(_ source: [UInt8]) throws(TemplateError) -> [Located] {
        var lexer = Lexer(source)
        while lexer.position < source.count { try lexer.readRoot() }
        lexer.add(.end, at: source.count)
        return lexer.tokens
    }

    mutating func add(_ token: Token, at offset: Int) { tokens.append(Located(token: token, offset: offset)) }

    func error(_ message: String, at offset: Int) -> TemplateError {
        TemplateError(.lexer, message).located(at: offset, in: source)
    }

    func byte(_ offset: Int) -> UInt8 { offset < source.count ? source[offset] : 0 }

    func matches(_ text: StaticString, at offset: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset + count <= source.count else { return false }
        var cursor = offset
        for scalar in text.description.utf8 {
            if source[cursor] != scalar { return false }
            cursor += 1
        }
        return true
    }

    func text(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }

    // MARK: - Text between tags

    private enum Tag {
        case raw(end: Int)
        case block
        case variable
        case comment
    }

    private mutating func readRoot() throws(TemplateError) {
        let start = position
        var cursor = start
        var found: Tag?
        while cursor < source.count {
            if source[cursor] == UInt8(ascii: "{"), let tag = tag(at: cursor) {
                found = tag
                break
            }
            cursor += 1
        }
        guard let found else {
            addData(start..<source.count)
            position = source.count
            return
        }
        let sign = byte(cursor + 2)
        let isVariable = if case .variable = found { true } else { false }
        addData(start..<textEnd(start..<cursor, sign: sign, keepsIndentation: isVariable))
        position = cursor + 2 + (sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? 1 : 0)
        switch found {
        case .raw(let end): try readRaw(from: end, openedAt: cursor)
        case .comment: try readComment(openedAt: cursor)
        case .variable:
            add(.variableBegin, at: cursor)
            try readTag(closing: UInt8(ascii: "}"))
        case .block:
            add(.blockBegin, at: cursor)
            try readTag(closing: UInt8(ascii: "%"))
        }
    }

    private func tag(at offset: Int) -> Tag? {
        switch byte(offset + 1) {
        case UInt8(ascii: "{"): return .variable
        case UInt8(ascii: "#"): return .comment
        case UInt8(ascii: "%"): return rawEnd(at: offset).map { .raw(end: $0) } ?? .block
        default: return nil
        }
    }

    /// Where the text begins after `{% raw %}`, when that is what stands there.
    private func rawEnd(at offset: Int) -> Int? {
        var cursor = offset + 2
        if byte(cursor) == UInt8(ascii: "-") || byte(cursor) == UInt8(ascii: "+") { cursor += 1 }
        cursor = skippingWhitespace(from: cursor)
        guard matches("raw", at: cursor) else { return nil }
        cursor = skippingWhitespace(from: cursor + 3)
        if matches("-%}", at: cursor) { return skippingWhitespace(from: cursor + 3) }
        return matches("%}", at: cursor) ? cursor + 2 : nil
    }

    private mutating func addData(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        add(.data(text(range)), at: range.lowerBound)
    }

    /// Where the text before a tag ends once white space before the tag is taken off.
    private func textEnd(_ range: Range<Int>, sign: UInt8, keepsIndentation: Bool) -> Int {
        if sign == UInt8(ascii: "-") {
            var end = range.upperBound
            while end > range.lowerBound, let start = whitespaceStart(before: end), start >= range.lowerBound {
                end = start
            }
            return end
        }
        guard sign != UInt8(ascii: "+") && !keepsIndentation else { return range.upperBound }
        var lineStart = range.upperBound
        while lineStart > range.lowerBound && source[lineStart - 1] != 0x0A { lineStart -= 1 }
        guard lineStart > range.lowerBound || isAtLineStart else { return range.upperBound }
        return skippingWhitespace(from: lineStart) >= range.upperBound ? lineStart : range.upperBound
    }

    private mutating func readRaw(from start: Int, openedAt opening: Int) throws(TemplateError) {
        isAtLineStart = byte(start - 1) == 0x0A
        var cursor = start
        while cursor < source.count {
            if matches("{%", at: cursor), let (end, sign) = endRaw(at: cursor) {
                addData(start..<textEnd(start..<cursor, sign: sign, keepsIndentation: false))
                finish(at: end)
                return
            }
            cursor += 1
        }
        // Jinja2 accepts an opening tag as the very end of a template
        if start < source.count { throw error("Missing end of raw directive", at: opening) }
        position = start
    }

    private func endRaw(at offset: Int) -> (end: Int, sign: UInt8)? {
        var cursor = offset + 2
        let sign = byte(cursor)
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { cursor += 1 }
        cursor = skippingWhitespace(from: cursor)
        guard matches("endraw", at: cursor) else { return nil }
        cursor = skippingWhitespace(from: cursor + 6)
        guard let end = closing("%}", at: cursor) else { return nil }
        return (end, sign)
    }

    private mutating func readComment(openedAt opening: Int) throws(TemplateError) {
        var cursor = position
        while cursor < source.count {
            if let end = closing("#}", at: cursor) {
                finish(at: end)
                return
            }
            cursor += 1
        }
        // Jinja2 accepts an opening mark as the very end of a template
        if position < source.count { throw error("Missing end of comment tag", at: opening) }
    }

    /// Where the text goes on after that closing mark: `-` drops white space, `+` keeps it, else one newline goes.
    private func closing(_ mark: StaticString, at offset: Int) -> Int? {
        if byte(offset) == UInt8(ascii: "-") && matches(mark, at: offset + 1) {
            return skippingWhitespace(from: offset + 3)
        }
        if byte(offset) == UInt8(ascii: "+") && matches(mark, at: offset + 1) { return offset + 3 }
        guard matches(mark, at: offset) else { return nil }
        return byte(offset + 2) == 0x0A && offset + 2 < source.count ? offset + 3 : offset + 2
    }

    private mutating func finish(at end: Int) {
        position = end
        isAtLineStart = source[end - 1] == 0x0A
    }

    // MARK: - Inside a tag

    private mutating func readTag(closing kind: UInt8) throws(TemplateError) {
        var brackets: [UInt8] = []
        while position < source.count {
            if brackets.isEmpty, let end = tagEnd(kind) {
                add(kind == UInt8(ascii: "%") ? .blockEnd : .variableEnd, at: position)
                finish(at: end)
                return
            }
            let next = skippingWhitespace(from: position)
            if next > position {
                position = next
            } else {
                try readToken(&brackets)
            }
        }
    }

    private func tagEnd(_ kind: UInt8) -> Int? {
        if kind == UInt8(ascii: "%") { return closing("%}", at: position) }
        if matches("-}}", at: position) { return skippingWhitespace(from: position + 3) }
        return matches("}}", at: position) ? position + 2 : nil
    }
}
