/// The longest token at the beginning, then the longest continuing token, and so on; one unknown token where that fails.
struct WordPiece: Sendable {
    let vocabulary: Vocabulary
    private let unknown: Int32?
    private let prefix: [UInt8]
    private let characterLimit: Int
    /// The length of the longest token, in bytes.
    private let longest: Int

    init(_ reader: ComponentReader, vocabulary: Vocabulary) throws(TokenizerError) {
        self.vocabulary = vocabulary
        unknown = vocabulary.id(try reader.string("unk_token"))
        prefix = Array((try reader.string("continuing_subword_prefix")).utf8)
        characterLimit = try reader.count("max_input_chars_per_word", default: 100)
        longest = (0..<Int32(vocabulary.upperBound)).reduce(0) { max($0, vocabulary.token($1)?.count ?? 0) }
    }

    /// Appends the tokens of a piece; nothing where it has none and the unknown token is not in the vocabulary.
    func encode(_ bytes: [UInt8], _ range: Range<Int>, into ids: inout [TokenID]) {
        let mark = ids.count
        if isTooLong(bytes, range) || !appendParts(bytes, range, into: &ids) {
            ids.removeSubrange(mark...)
            if let unknown { ids.append(TokenID(unknown)) }
        }
    }

    private func isTooLong(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        if range.count <= characterLimit { return false }
        var count = 0
        for index in range where bytes[index] & 0xC0 != 0x80 {
            count += 1
            if count > characterLimit { return true }
        }
        return false
    }

    private func appendParts(_ bytes: [UInt8], _ range: Range<Int>, into ids: inout [TokenID]) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let isFirst = start == range.lowerBound
            let room = isFirst ? longest : max(longest - prefix.count, 0)
            guard let (id, end) = longestToken(bytes, start..<min(range.upperBound, start + room), isFirst) else {
                return false
            }
            ids.append(TokenID(id))
            start = end
        }
        return true
    }

    private func longestToken(_ bytes: [UInt8], _ range: Range<Int>, _ isFirst: Bool) -> (id: Int32, end: Int)? {
        var end = range.upperBound
        while end > range.lowerBound {
            let text = bytes[range.lowerBound..<end].span
            if let id = isFirst ? vocabulary.id(text) : vocabulary.id(prefix.span, text) { return (id, end) }
            end -= 1
        }
        return nil
    }
}
