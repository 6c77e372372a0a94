/// Finds added tokens in text: leftmost, then longest.
struct AddedTokenFinder: Sendable {
    /// A stretch of text: an added token, or text between.
    struct Part {
        /// Where it lies, with the white space that the token takes along.
        var range: Range<Int>
        /// The token; `nil` for text.
        var id: TokenID?
    }

    private struct Entry: Sendable {
        let token: AddedToken
        let id: TokenID
    }

    private var entries: [Entry] = []
    private var edges: [Int: Int] = [:]
    private var entryOf: [Int] = [-1]
    private var beginnings = [Bool](repeating: false, count: 256)

    /// Whether there is nothing to find.
    var isEmpty: Bool { entries.isEmpty }

    /// Adds a token; `pattern` is its text as it is looked for.
    mutating func insert(_ token: AddedToken, id: TokenID, pattern: [UInt8]) {
        guard let first = pattern.first else { return }
        beginnings[Int(first)] = true
        var state = 0
        for byte in pattern {
            let key = state << 8 | Int(byte)
            if let target = edges[key] {
                state = target
            } else {
                edges[key] = entryOf.count
                state = entryOf.count
                entryOf.append(-1)
            }
        }
        if entryOf[state] < 0 { entryOf[state] = entries.count }
        entries.append(Entry(token: token, id: id))
    }

    /// The parts of a text in order.
    ///
    /// - Parameters:
    ///   - bytes: valid UTF-8.
    ///   - literal: ranges within which a special token is text.
    /// - Returns: the parts, which cover the text.
    func parts(of bytes: [UInt8], literal: LiteralRanges) -> [Part] {
        var parts: [Part] = []
        var textStart = 0
        var position = 0
        while position < bytes.count {
            guard beginnings[Int(bytes[position])], let (entry, end) = longest(at: position, bytes) else {
                position += 1
                continue
            }
            let start = position
            position = end
            // its text is passed over as a whole, whatever other tokens lie in it
            if entry.token.isSpecial, literal.contain(start..<end) { continue }
            if entry.token.isSingleWord, isWord(before: start, bytes) || isWord(after: end, bytes) { continue }
            var tokenStart = start
            if entry.token.stripsLeft { tokenStart = max(whitespaceStart(before: start, bytes), textStart) }
            let tokenEnd = entry.token.stripsRight ? whitespaceEnd(after: end, bytes) : end
            if textStart < tokenStart { parts.append(Part(range: textStart..<tokenStart, id: nil)) }
            // one within white space that another took along may be left with nothing, and then is none
            if tokenStart < tokenEnd { parts.append(Part(range: tokenStart..<tokenEnd, id: entry.id)) }
            textStart = tokenEnd
        }
        if textStart < bytes.count { parts.append(Part(range: textStart..<bytes.count, id: nil)) }
        return parts
    }

    private func longest(at start: Int, _ bytes: [UInt8]) -> (Entry, end: Int)? {
        var best: (Entry, end: Int)?
        var state = 0
        var position = start
        while position < bytes.count, let target = edges[state << 8 | Int(bytes[position])] {
            state = target
            position += 1
            guard entryOf[state] >= 0 else { continue }
            best = (entries[entryOf[state]], position)
        }
        return best
    }

    private func isWord(before position: Int, _ bytes: [UInt8]) -> Bool {
        position > 0 && isWord(after: scalarStart(before: position, in: bytes), bytes)
    }

    private func isWord(after position: Int, _ bytes: [UInt8]) -> Bool {
        guard position < bytes.count else { return false }
        let table = ScalarClasses.shared
        return table.bit(decodeScalar(bytes, position).scalar) & table.word != 0
    }

    private func whitespaceStart(before position: Int, _ bytes: [UInt8]) -> Int {
        let table = ScalarClasses.shared
        var start = position
        while start > 0 {
            let previous = scalarStart(before: start, in: bytes)
            if table.bit(decodeScalar(bytes, previous).scalar) & table.whitespace == 0 { break }
            start = previous
        }
        return start
    }

    private func whitespaceEnd(after position: Int, _ bytes: [UInt8]) -> Int {
        let table = ScalarClasses.shared
        var end = position
        while end < bytes.count {
            let (scalar, length) = decodeScalar(bytes, end)
            if table.bit(scalar) & table.whitespace == 0 { break }
            end += length
        }
        return end
    }
}

/// Stretches of a text that a request brought along.
struct LiteralRanges: Sendable {
    private var starts: [Int] = []
    private var ends: [Int] = []

    /// No ranges.
    static let none = LiteralRanges([])

    /// The ranges in any order; those that touch are one.
    init(_ ranges: [Range<Int>]) {
        let ordered = ranges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
        for range in ordered {
            if let last = ends.last, range.lowerBound <= last {
                ends[ends.count - 1] = max(last, range.upperBound)
            } else {
                starts.append(range.lowerBound)
                ends.append(range.upperBound)
            }
        }
    }

    /// Whether there is none.
    var isEmpty: Bool { starts.isEmpty }

    /// Whether the range lies within one of them.
    func contain(_ range: Range<Int>) -> Bool {
        guard !starts.isEmpty else { return false }
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low > 0 && range.upperBound <= ends[low - 1]
    }

    /// The ranges inside a stretch of the text, counted from its beginning, with their lengths as `measure` has them.
    ///
    /// `measure` gets consecutive ranges that cover the stretch.
    func mapped(into stretch: Range<Int>, _ measure: (Range<Int>) -> Int) -> LiteralRanges {
        var result: [Range<Int>] = []
        var position = stretch.lowerBound
        var offset = 0
        for index in starts.indices where ends[index] > stretch.lowerBound && starts[index] < stretch.upperBound {
            let start = max(starts[index], stretch.lowerBound)
            let end = min(ends[index], stretch.upperBound)
            if position < start { offset += measure(position..<start) }
            let length = measure(start..<end)
            result.append(offset..<(offset + length))
            offset += length
            position = end
        }
        return LiteralRanges(result)
    }
}
