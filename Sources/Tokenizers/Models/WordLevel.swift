/// One token per piece, or the unknown token.
struct WordLevel: Sendable {
    let vocabulary: Vocabulary
    private let unknown: Int32?

    init(_ reader: ComponentReader, vocabulary: Vocabulary) throws(TokenizerError) {
        self.vocabulary = vocabulary
        unknown = vocabulary.id(try reader.string("unk_token"))
    }

    /// Appends the token of a piece; nothing where neither it nor the unknown token is in the vocabulary.
    func encode(_ bytes: [UInt8], _ range: Range<Int>, into ids: inout [TokenID]) {
        if let id = vocabulary.id(bytes[range].span) ?? unknown { ids.append(TokenID(id)) }
    }
}
