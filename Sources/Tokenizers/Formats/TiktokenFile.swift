/// A file of tiktoken: on each line the bytes of a token in base64, and its rank.
enum TiktokenFile {
    /// The tables of byte-level BPE that the lines describe; a token's number is its rank.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - path: its path, for messages.
    /// - Throws: `TokenizerError.invalidModelFile` for a line that is none.
    /// - Returns: the tokens and their merge rules.
    static func tables(_ bytes: [UInt8], path: String) throws(TokenizerError) -> ModelTables {
        var builder = VocabularyBuilder(capacity: bytes.count / 16)
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.isEmpty { continue }
            let parts = line.split(separator: UInt8(ascii: " "))
            guard parts.count == 2, let token = Base64.decode(parts[0]), !token.isEmpty,
                let rank = Int(String(decoding: parts[1], as: UTF8.self)), (0...Vocabulary.maximumID).contains(rank)
            else {
                throw .invalidModelFile(path: path, reason: "line \(number) is not a token in base64 and its rank")
            }
            builder.append(ByteLevelAlphabet.shared.encode(token, token.indices)[...], id: Int32(rank))
        }
        let vocabulary = builder.build()
        guard vocabulary.count > 0 else { throw .invalidModelFile(path: path, reason: "it has no tokens") }
        let ids = (0..<Int32(vocabulary.upperBound)).filter { vocabulary.token($0) != nil }
        return ModelTables(
            vocabulary: vocabulary,
            merges: MergeDerivation.table(vocabulary, ids: ids, order: .smallerNumbers)
        )
    }
}
