extension BPE {
    /// SentencePiece's visible space, U+2581.
    private static let visibleSpace: [UInt8] = [0xE2, 0x96, 0x81]

    /// Per byte, whether a piece may be cut before a visible space that follows it; `nil` where it never may.
    ///
    /// No merge reaches across a place where no token of the vocabulary has these two next to each other, so that a whole
    /// text, which is one piece for SentencePiece's kind, is encoded word by word.
    static func boundaries(_ vocabulary: Vocabulary, standIns: [[UInt8]]) -> [Bool]? {
        guard vocabulary.id(visibleSpace) != nil else { return nil }
        var allowed = [Bool](repeating: true, count: 256)
        for id in 0..<Int32(vocabulary.upperBound) {
            guard let token = vocabulary.token(id) else { continue }
            var index = token.startIndex + 1
            while index + 2 < token.endIndex {
                if token[index] == 0xE2, token[index...].starts(with: visibleSpace) {
                    let before = token[..<index]
                    // the text of a token that stands for other bytes says nothing about what it stands for
                    if standIns.contains(where: { before.reversed().starts(with: $0.reversed()) }) { return nil }
                    if !before.reversed().starts(with: visibleSpace.reversed()) {
                        allowed[Int(before[index - 1])] = false
                    }
                }
                index += 1
            }
        }
        return allowed
    }

    /// Calls back with the parts of a piece between which no merge can reach.
    func forEachPart(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        guard let boundaries else {
            body(range)
            return
        }
        var start = range.lowerBound
        var index = start + 1
        while index + 2 < range.upperBound {
            if bytes[index] == 0xE2, bytes[index + 1] == 0x96, bytes[index + 2] == 0x81,
                boundaries[Int(bytes[index - 1])], !isVisibleSpace(endingAt: index, bytes, from: start)
            {
                body(start..<index)
                start = index
            }
            index += 1
        }
        body(start..<range.upperBound)
    }

    private func isVisibleSpace(endingAt end: Int, _ bytes: [UInt8], from start: Int) -> Bool {
        end - start >= 3 && bytes[(end - 3)..<end].elementsEqual(Self.visibleSpace)
    }
}
