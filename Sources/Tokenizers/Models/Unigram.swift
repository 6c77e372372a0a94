import MartletJSON

/// A language model of single tokens: the way to cut a piece whose tokens' scores add up to the most.
struct Unigram: Sendable {
    /// How much less than the lowest score an unknown character has.
    private static let unknownPenalty = 10.0

    /// The best way to reach each position of a piece: by which token, from where, at what score.
    private struct Lattice {
        var scores: [Double]
        var starts: [Int32]
        var ids: [Int32]

        init(length: Int) {
            scores = [Double](repeating: 0, count: length + 1)
            starts = [Int32](repeating: -1, count: length + 1)
            ids = [Int32](repeating: 0, count: length + 1)
        }

        @inline(__always)
        mutating func offer(_ id: Int32, from start: Int, to end: Int, _ score: Double) {
            guard starts[end] < 0 || score > scores[end] else { return }
            scores[end] = score
            starts[end] = Int32(truncatingIfNeeded: start)
            ids[end] = id
        }
    }

    let vocabulary: Vocabulary
    private let scores: [Double]
    private let trie: TokenTrie
    private let unknown: Int32?
    private let unknownScore: Double
    /// Per byte, the token `<0xNN>`, or -1; empty without byte fallback.
    private let byteTokens: [Int32]

    init(_ reader: ComponentReader, file: TokenizerFile) throws(TokenizerError) {
        (vocabulary, scores) = try file.scoredVocabulary()
        let limit = scores.count
        if let value = reader.value["unk_id"], !value.isNull {
            guard let id = value.integer, (0..<limit).contains(id) else {
                throw .invalidField(path: "model.unk_id", expected: "one of the \(limit) tokens of model.vocab")
            }
            unknown = Int32(id)
        } else {
            unknown = nil
        }
        unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
        trie = try TokenTrie(vocabulary)
        var byteTokens: [Int32] = []
        if try reader.bool("byte_fallback", default: false) {
            let vocabulary = vocabulary
            byteTokens = (0..<256).map { vocabulary.id(byteTokenText($0)) ?? -1 }
        }
        self.byteTokens = byteTokens
    }

    /// Appends the tokens of a piece; unknown characters in a row are one unknown token, or their bytes' tokens.
    ///
    /// - Complexity: O(bytes × length of the longest token).
    func encode(_ bytes: [UInt8], _ range: Range<Int>, into ids: inout [TokenID]) {
        let lattice = lattice(bytes, range)
        let mark = ids.count
        var end = range.count
        // from the end back to the beginning, so that tokens come in reverse
        while end > 0 {
            let id = lattice.ids[end]
            var start = Int(lattice.starts[end])
            if id == unknown ?? -1 {
                while start > 0, lattice.ids[start] == id { start = Int(lattice.starts[start]) }
                appendReversed(bytes[(range.lowerBound + start)..<(range.lowerBound + end)], &ids)
            } else {
                ids.append(TokenID(id))
            }
            end = start
        }
        ids[mark...].reverse()
    }

    private func lattice(_ bytes: [UInt8], _ range: Range<Int>) -> Lattice {
        var lattice = Lattice(length: range.count)
        let base = range.lowerBound
        var position = base
        while position < range.upperBound {
            let length = decodeScalar(bytes, position).length
            let start = position - base
            let score = lattice.scores[start]
            var hasCharacter = false
            trie.forEachPrefix(of: bytes, position..<range.upperBound) { id, end in
                lattice.offer(id, from: start, to: end - base, score + scores[Int(id)])
                hasCharacter = hasCharacter || end - position == length
            }
            if !hasCharacter { lattice.offer(unknown ?? -1, from: start, to: start + length, score + unknownScore) }
            position += length
        }
        return lattice
    }

    /// The tokens of an unknown stretch, last first.
    private func appendReversed(_ text: ArraySlice<UInt8>, _ ids: inout [TokenID]) {
        if let id = vocabulary.id(text.span) {
            ids.append(TokenID(id))
        } else if !byteTokens.isEmpty, text.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
            for byte in text.reversed() { ids.append(TokenID(byteTokens[Int(byte)])) }
        } else if let unknown {
            ids.append(TokenID(unknown))
        }
    }
}

/// The text of the token that stands for a byte, `<0xNN>`.
func byteTokenText(_ byte: Int) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x" + (digits.utf8.count == 1 ? "0" : "") + digits + ">"
}
