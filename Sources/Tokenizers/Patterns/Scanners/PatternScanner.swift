/// A way to find a pattern's matches without the general matcher; what it finds is the same.
enum PatternScanner: Sendable {
    /// One of the popular splitting expressions.
    case words(WordScanner)
    /// Characters of one set, with one character of another set before them.
    case run(RunScanner)
    /// This text.
    case literal([UInt8])

    /// The scanner for a regular expression, by its text or by its shape; `nil` leaves it to the general matcher.
    init?(regex: String, _ node: PatternNode) {
        if let rules = WordRules.byPattern[regex] {
            self = .words(WordScanner(rules))
        } else if let run = RunScanner(node) {
            self = .run(run)
        } else {
            return nil
        }
    }

    /// Calls back with what matches and what lies between, as `Pattern.forEachPiece` does.
    @inline(__always)
    func forEachPiece(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void) {
        switch self {
        case .words(let scanner):
            Self.forEachPiece(bytes, range, body) { scanner.end(at: $0, bytes, range.upperBound) }
        case .run(let scanner):
            Self.forEachPiece(bytes, range, body) { scanner.end(at: $0, bytes, range.upperBound) }
        case .literal(let literal):
            guard let first = literal.first else { return body(range, false) }
            Self.forEachPiece(bytes, range, body) { start in
                guard bytes[start] == first, range.upperBound - start >= literal.count else { return nil }
                for index in 1..<max(literal.count, 1) where bytes[start + index] != literal[index] { return nil }
                return start + literal.count
            }
        }
    }

    @inline(__always)
    private static func forEachPiece(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ body: (Range<Int>, _ isMatch: Bool) -> Void,
        end: (Int) -> Int?
    ) {
        var start = range.lowerBound
        var pending = start
        while start < range.upperBound {
            if let end = end(start) {
                if pending < start { body(pending..<start, false) }
                body(start..<end, true)
                start = end
                pending = end
            } else {
                start += 1
                while start < range.upperBound, bytes[start] & 0xC0 == 0x80 { start += 1 }
            }
        }
        if pending < range.upperBound { body(pending..<range.upperBound, false) }
    }
}
