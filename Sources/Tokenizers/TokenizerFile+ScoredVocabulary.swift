import MartletJSON

extension TokenizerFile {
    /// The tokens of a vocabulary that is a list of tokens with their scores, numbered by their places.
    ///
    /// - Throws: `TokenizerError` where it is not such a list.
    /// - Returns: the tokens, and the score of each number.
    func scoredVocabulary() throws(TokenizerError) -> (Vocabulary, [Double]) {
        if let tables { return (tables.vocabulary, tables.scores) }
        let path = "model.vocab"
        if json["model"]?["vocab"] == nil { throw .missingField(path: path) }
        guard let range = vocabularyRange else {
            throw .invalidField(path: path, expected: "an array of tokens with their scores")
        }
        var reader = JSONCursor(bytes, range)
        guard reader.take("[") else {
            throw .invalidField(path: path, expected: "an array of tokens with their scores")
        }
        var vocabulary = VocabularyBuilder(capacity: range.count / 24)
        var scores: [Double] = []
        if reader.take("]") { return (vocabulary.build(), scores) }
        repeat {
            try reader.expect("[", path)
            let token = try reader.string(path)
            try reader.expect(",", path)
            let score = try reader.number(path)
            try reader.expect("]", path)
            guard scores.count <= Vocabulary.maximumID else {
                throw .invalidTokenID(token: String(decoding: token, as: UTF8.self), id: scores.count)
            }
            vocabulary.append(token, id: Int32(scores.count))
            scores.append(score)
        } while reader.take(",")
        try reader.expect("]", path)
        return (vocabulary.build(), scores)
    }
}
