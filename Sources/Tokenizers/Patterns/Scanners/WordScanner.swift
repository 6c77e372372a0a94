/// Cuts text as the regular expressions of the GPT family do, in one pass and by hand.
///
/// All of them have the same shape: contractions, words with one character before them, numbers, symbols, white space;
/// `WordRules` says where they differ. Each match is what the expression's leftmost, first alternative gives.
///
/// - Complexity: O(n) for n bytes.
struct WordScanner: Sendable {
    private let rules: WordRules
    private let kinds = ScalarKinds.shared

    init(_ rules: WordRules) { self.rules = rules }

    /// Whether there is a match at every position, so that nothing is left between matches.
    var coversAll: Bool { rules.coversAll }

    /// The end of the match that begins at the position; `nil` when none does.
    ///
    /// - Precondition: `start < limit`, and a code point begins there.
    @inline(__always)
    func end(at start: Int, _ bytes: [UInt8], _ limit: Int) -> Int? {
        let (kind, length) = kinds.kind(bytes, start)
        let next = start + length
        let first = bytes[start]
        if first == UInt8(ascii: "'"), rules.contractions != .none, !rules.isCased,
            let end = contraction(at: start, bytes, limit)
        {
            return end
        }
        if rules.hasASCIIWords, let end = asciiWord(at: start, bytes, limit) { return end }
        if let end = rules.isCased ? casedWord(start, next, kind, bytes, limit) : word(start, next, kind, bytes, limit)
        {
            return end
        }
        let isSpace = first == UInt8(ascii: " ")
        if kind & rules.numbers != 0 { return numbers(from: start, bytes, limit) }
        if isSpace, rules.numbersTakeSpace, next < limit, kinds.kind(bytes, next).kind & rules.numbers != 0 {
            return numbers(from: next, bytes, limit)
        }
        if isSymbol(kind) { return symbols(from: next, bytes, limit) }
        if isSpace, rules.symbolsTakeSpace, next < limit {
            let (second, secondLength) = kinds.kind(bytes, next)
            if isSymbol(second) { return symbols(from: next + secondLength, bytes, limit) }
        }
        return kind & ScalarKinds.space != 0 && rules.matchesSpaces ? spaces(from: start, bytes, limit) : nil
    }

    @inline(__always)
    private func isSymbol(_ kind: UInt16) -> Bool {
        rules.symbols.map { kind & $0 != 0 } ?? (kind & rules.notSymbols == 0)
    }

    /// The end of the run of these kinds from the position on.
    @inline(__always)
    private func run(_ mask: UInt16, from start: Int, _ bytes: [UInt8], _ limit: Int) -> Int {
        var position = start
        while position < limit {
            let (kind, length) = kinds.kind(bytes, position)
            if kind & mask == 0 { break }
            position += length
        }
        return position
    }

    @inline(__always)
    private func word(_ start: Int, _ next: Int, _ kind: UInt16, _ bytes: [UInt8], _ limit: Int) -> Int? {
        if kind & rules.letters != 0 { return run(rules.letters, from: next, bytes, limit) }
        let takesPrefix =
            rules.wordPrefix == .space
            ? bytes[start] == UInt8(ascii: " ") : rules.wordPrefix == .other && kind & rules.notPrefix == 0
        guard takesPrefix, next < limit else { return nil }
        let (second, length) = kinds.kind(bytes, next)
        return second & rules.letters == 0 ? nil : run(rules.letters, from: next + length, bytes, limit)
    }

    /// An ASCII punctuation character and the ASCII letters after it.
    private func asciiWord(at start: Int, _ bytes: [UInt8], _ limit: Int) -> Int? {
        let first = bytes[start]
        let isPunctuation =
            (0x21...0x7E).contains(first) && !Self.isASCIILetter(first) && !(0x30...0x39).contains(first)
        guard isPunctuation else { return nil }
        var position = start + 1
        while position < limit, Self.isASCIILetter(bytes[position]) { position += 1 }
        return position > start + 1 ? position : nil
    }

    private static func isASCIILetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    private func numbers(from start: Int, _ bytes: [UInt8], _ limit: Int) -> Int {
        var position = start
        var count = 0
        while position < limit, count < rules.numberLimit {
            let (kind, length) = kinds.kind(bytes, position)
            if kind & rules.numbers == 0 { break }
            position += length
            count += 1
        }
        return position
    }

    /// The end of symbols, and of what may trail them.
    private func symbols(from start: Int, _ bytes: [UInt8], _ limit: Int) -> Int {
        var position = start
        while position < limit {
            let (kind, length) = kinds.kind(bytes, position)
            if !isSymbol(kind) { break }
            position += length
        }
        guard rules.symbolTail != .none else { return position }
        while position < limit {
            let byte = bytes[position]
            let isTail =
                byte == 0x0A || byte == 0x0D || (byte == UInt8(ascii: "/") && rules.symbolTail == .lineEndsAndSlashes)
            if !isTail { break }
            position += 1
        }
        return position
    }

    /// White space up to its last line end, else all but the last character of it, else that one.
    private func spaces(from start: Int, _ bytes: [UInt8], _ limit: Int) -> Int {
        var position = start
        var last = start
        var lineEnd: Int?
        while position < limit {
            let (kind, length) = kinds.kind(bytes, position)
            if kind & ScalarKinds.space == 0 { break }
            last = position
            position += length
            if kind & ScalarKinds.lineEnd != 0 { lineEnd = position }
        }
        if position == limit, rules.takesFinalSpaces { return limit }
        if rules.cutsAtLineEnds, let lineEnd { return lineEnd }
        return position == limit || last == start ? position : last
    }
}

extension WordScanner {
    /// A word in which the case goes from upper to lower once, and the contraction after it.
    ///
    /// `x?U*W+|x?U+W*`, where `U` has everything but lower case and `W` everything but upper case.
    private func casedWord(_ start: Int, _ next: Int, _ kind: UInt16, _ bytes: [UInt8], _ limit: Int) -> Int? {
        let either = ScalarKinds.upper | ScalarKinds.lower
        var end: Int?
        if kind & ScalarKinds.letter == 0 {
            guard kind & rules.notPrefix == 0 else { return nil }
            let body = casedRun(from: next, bytes, limit)
            // a mark may be the character before the word, and be a word itself
            end = body.lower ?? (kind & either != 0 ? next : body.upper)
        } else {
            let body = casedRun(from: start, bytes, limit)
            end = body.lower ?? body.upper
        }
        guard let end else { return nil }
        guard rules.contractions != .none, end < limit, bytes[end] == UInt8(ascii: "'") else { return end }
        return contraction(at: end, bytes, limit) ?? end
    }

    /// The ends of the longest `U*W+` and of `U+` from the position on.
    private func casedRun(from start: Int, _ bytes: [UInt8], _ limit: Int) -> (lower: Int?, upper: Int?) {
        var position = start
        var lower: Int?
        while position < limit {
            let (kind, length) = kinds.kind(bytes, position)
            if kind & ScalarKinds.upper == 0 { break }
            position += length
            if kind & ScalarKinds.lower != 0 { lower = position }
        }
        let end = run(ScalarKinds.lower, from: position, bytes, limit)
        return (end > position ? end : lower, position > start ? position : nil)
    }

    /// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d`.
    private func contraction(at start: Int, _ bytes: [UInt8], _ limit: Int) -> Int? {
        guard start + 1 < limit else { return nil }
        let ignoresCase = rules.contractions != .lowercase
        let fold: UInt8 = ignoresCase ? 0x20 : 0
        let first = bytes[start + 1]
        switch first | (first < 0x80 ? fold : 0) {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return start + 2 < limit && bytes[start + 2] | fold == UInt8(ascii: "e") ? start + 3 : nil
        case UInt8(ascii: "l"):
            return start + 2 < limit && bytes[start + 2] | fold == UInt8(ascii: "l") ? start + 3 : nil
        // the long s is an s to expressions that ignore the case
        case 0xC5:
            return rules.contractions == .anyCase && start + 2 < limit && bytes[start + 2] == 0xBF ? start + 3 : nil
        default: return nil
        }
    }
}

/// What the scanner needs to know of a code point, as bits.
struct ScalarKinds: Sendable {
    static let shared = ScalarKinds()

    static let letter: UInt16 = 1
    static let mark: UInt16 = 2
    static let number: UInt16 = 4
    static let space: UInt16 = 8
    static let lineEnd: UInt16 = 16
    /// `Lu`, `Lt`, `Lm`, `Lo` and marks.
    static let upper: UInt16 = 32
    /// `Ll`, `Lm`, `Lo` and marks.
    static let lower: UInt16 = 64
    static let punctuation: UInt16 = 128
    static let symbol: UInt16 = 256

    private let table = ScalarClasses.shared
    private var ascii = [UInt16](repeating: 0, count: 128)
    /// Per class of `ScalarClasses`.
    private var ofClass = [UInt16](repeating: 0, count: 64)

    private init() {
        for (category, mask) in table.categories {
            var kind: UInt16 = 0
            switch category.utf8.first {
            case UInt8(ascii: "L"): kind = Self.letter
            case UInt8(ascii: "M"): kind = Self.mark | Self.upper | Self.lower
            case UInt8(ascii: "N"): kind = Self.number
            case UInt8(ascii: "P"): kind = Self.punctuation
            case UInt8(ascii: "S"): kind = Self.symbol
            default: break
            }
            if ["Lu", "Lt", "Lm", "Lo"].contains(category) { kind |= Self.upper }
            if ["Ll", "Lm", "Lo"].contains(category) { kind |= Self.lower }
            for index in 0..<64 where mask >> UInt64(index) & 1 != 0 { ofClass[index] |= kind }
        }
        for index in 0..<64 where table.whitespace >> UInt64(index) & 1 != 0 { ofClass[index] |= Self.space }
        for scalar in 0..<128 { ascii[scalar] = ofClass[table.bit(UInt32(scalar)).trailingZeroBitCount] }
        ascii[0x0A] |= Self.lineEnd
        ascii[0x0D] |= Self.lineEnd
    }

    /// The kind of the code point at the offset, and its length in bytes.
    @inline(__always)
    func kind(_ bytes: [UInt8], _ offset: Int) -> (kind: UInt16, length: Int) {
        let first = bytes[offset]
        if first < 0x80 { return (ascii[Int(first)], 1) }
        let (scalar, length) = decodeScalar(bytes, offset)
        return (ofClass[table.bit(scalar).trailingZeroBitCount & 63], length)
    }
}
