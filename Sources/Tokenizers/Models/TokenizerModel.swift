import MartletJSON

/// How a piece becomes tokens: one case per kind of `model` in `tokenizer.json`.
///
/// A further kind is one more case here, its arm in `init` and its arm in `encode`.
enum TokenizerModel: Sendable {
    case bpe(BPE)
    case wordLevel(WordLevel)

    /// The model that the file describes.
    init(_ file: TokenizerFile) throws(TokenizerError) {
        guard let value = file.json["model"] else { throw .missingField(path: "model") }
        let reader = ComponentReader(value: value, path: "model")
        let type = try reader.optionalString("type") ?? (file.mergesRange == nil ? "" : "BPE")
        switch type {
        case "BPE": self = .bpe(try BPE(reader, vocabulary: try file.vocabulary(), file: file))
        case "WordLevel": self = .wordLevel(try WordLevel(reader, vocabulary: try file.vocabulary()))
        default: throw reader.unsupported("model", type)
        }
    }

    /// The model's tokens, without those added to them.
    var vocabulary: Vocabulary {
        switch self {
        case .bpe(let model): model.vocabulary
        case .wordLevel(let model): model.vocabulary
        }
    }

    /// Appends the tokens of every piece.
    func encode(_ text: PreTokenizedText, _ workspace: inout BPE.Workspace, into ids: inout [TokenID]) {
        switch self {
        case .bpe(let model):
            for piece in text.pieces { model.encode(text.bytes, piece.range, &workspace, into: &ids) }
        case .wordLevel(let model):
            for piece in text.pieces { model.encode(text.bytes, piece.range, into: &ids) }
        }
    }
}
