/// Python's `textwrap.wrap` as the `wordwrap` filter uses it.
enum WordWrap {
    static func wrap(_ line: Text, width: Int, breaksWords: Bool, breaksAtHyphens: Bool) -> [Text] {
        var chunks = Array(chunks(line, breaksAtHyphens: breaksAtHyphens).reversed())
        var lines: [Text] = []
        while !chunks.isEmpty {
            if !lines.isEmpty, let next = chunks.last, isBlank(next) { chunks.removeLast() }
            var current: [Text] = []
            var length = 0
            while let next = chunks.last, length + next.scalarCount <= width {
                current.append(next)
                length += next.scalarCount
                chunks.removeLast()
            }
            if let next = chunks.last, next.scalarCount > width {
                if breaksWords {
                    let head = beginning(of: next, space: width - length, breaksAtHyphens: breaksAtHyphens)
                    current.append(head)
                    chunks[chunks.count - 1] = next.slice(head.byteCount..<next.byteCount)
                } else if current.isEmpty {
                    current.append(chunks.removeLast())
                }
            }
            if let last = current.last, isBlank(last) { current.removeLast() }
            if !current.isEmpty { lines.append(current.dropFirst().reduce(current[0], +)) }
        }
        return lines
    }

    /// What fits of a word that is longer than a line: up to the last hyphen that has something else before it.
    private static func beginning(of word: Text, space: Int, breaksAtHyphens: Bool) -> Text {
        let head = word.prefix(space)
        let bytes = head.bytes
        let hyphen = UInt8(ascii: "-")
        guard breaksAtHyphens, let last = bytes.lastIndex(of: hyphen), bytes[..<last].contains(where: { $0 != hyphen })
        else { return head }
        return head.slice(0..<last + 1)
    }

    private static func isBlank(_ text: Text) -> Bool { StringOperations.strip(text, nil, .both).isEmpty }

    /// Words and the white space between them; words are also cut after a hyphen between letters, and around dashes of
    /// two hyphens or more.
    private static func chunks(_ line: Text, breaksAtHyphens: Bool) -> [Text] {
        let words = Words(line, breaksAtHyphens: breaksAtHyphens)
        var chunks: [Text] = []
        var start = 0
        while start < words.scalars.count {
            let end = words.end(ofChunkAt: start)
            chunks.append(line.slice(words.offsets[start]..<words.offsets[end]))
            start = end
        }
        return chunks
    }
}

/// A line as `textwrap` cuts it: `wordsep_re`, or `wordsep_simple_re` where hyphens are no places to break.
private struct Words {
    let scalars: [Unicode.Scalar]
    /// Where each scalar begins, in bytes; the line's length comes last.
    let offsets: [Int]
    let breaksAtHyphens: Bool

    init(_ line: Text, breaksAtHyphens: Bool) {
        scalars = Array(line.string.unicodeScalars)
        offsets = scalars.reduce(into: [0]) { $0.append($0[$0.count - 1] + UTF8.width($1)) }
        self.breaksAtHyphens = breaksAtHyphens
    }

    /// The end of the chunk that begins at a scalar.
    func end(ofChunkAt start: Int) -> Int {
        var end = start
        if isSpace(start) {
            while isSpace(end) { end += 1 }
            return end
        }
        if start > 0, isWordOrMark(start - 1), let dash = endOfDash(at: start) { return dash }
        while true {
            end += 1
            if end == scalars.count || isSpace(end) { return end }
            if breaksAtHyphens, isHyphen(end) {
                if isLetterPair(before: end), isLetterPair(after: end) { return end + 1 }
                if isWordOrMark(end - 1), endOfDash(at: end) != nil { return end }
            }
        }
    }

    /// The end of the dash that begins at a scalar and that a word follows.
    private func endOfDash(at start: Int) -> Int? {
        guard breaksAtHyphens else { return nil }
        var end = start
        while isHyphen(end) { end += 1 }
        return end >= start + 2 && isWord(end) ? end : nil
    }

    private func isLetterPair(before hyphen: Int) -> Bool {
        if isLetter(hyphen - 1), isLetter(hyphen - 2) { return true }
        return isWordOrMark(hyphen - 1) && isHyphen(hyphen - 2) && isLetter(hyphen - 3)
    }

    private func isLetterPair(after hyphen: Int) -> Bool {
        guard isLetter(hyphen + 1) else { return false }
        return isLetter(hyphen + 2) || isHyphen(hyphen + 2) && isLetter(hyphen + 3)
    }

    private func has(_ index: Int, _ test: (Unicode.Scalar) -> Bool) -> Bool {
        scalars.indices.contains(index) && test(scalars[index])
    }

    private func isSpace(_ index: Int) -> Bool { has(index) { (0x09...0x0D).contains($0.value) || $0 == " " } }

    private func isHyphen(_ index: Int) -> Bool { has(index) { $0 == "-" } }

    private func isWord(_ index: Int) -> Bool {
        has(index) { $0 == "_" || StringOperations.isAlphabetic($0) || StringOperations.isNumeric($0) }
    }

    private func isLetter(_ index: Int) -> Bool { isWord(index) && !has(index, StringOperations.isDecimal) }

    private func isWordOrMark(_ index: Int) -> Bool {
        isWord(index) || has(index) { "!\"'&.,?".unicodeScalars.contains($0) }
    }
}
