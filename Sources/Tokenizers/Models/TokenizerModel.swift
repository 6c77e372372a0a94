import MartletJSON

/// How a piece becomes tokens: one case per kind of `model` in `tokenizer.json`.
///
/// A further kind is one more case here, its arm in `init` and its arm in `encode`.
enum TokenizerModel: Sendable {
    case bpe(BPE)
    case wordLevel(WordLevel)
    case wordPiece(WordPiece)
    case unigram(Unigram)

    /// The model that the file describes.
    init(_ file: TokenizerFile) throws(TokenizerError) {
        guard let value = file.json["model"] else { throw .missingField(path: "model") }
        let reader = ComponentReader(value: value, path: "model")
        let type = try reader.optionalString("type") ?? Self.impliedType(value, file)
        switch type {
        case "BPE": self = .bpe(try BPE(reader, vocabulary: try file.vocabulary(), file: file))
        case "WordLevel": self = .wordLevel(try WordLevel(reader, vocabulary: try file.vocabulary()))
        case "WordPiece": self = .wordPiece(try WordPiece(reader, vocabulary: try file.vocabulary()))
        case "Unigram": self = .unigram(try Unigram(reader, file: file))
        default: throw reader.unsupported("model", type)
        }
    }

    /// The kind that the members of an old file, which names none, imply.
    private static func impliedType(_ model: JSONValue, _ file: TokenizerFile) -> String {
        if file.mergesRange != nil { return "BPE" }
        if model["max_input_chars_per_word"] != nil { return "WordPiece" }
        if model["unk_token"] != nil { return "WordLevel" }
        return model["vocab"] == nil ? "" : "Unigram"
    }

    /// The model's tokens, without those added to them.
    var vocabulary: Vocabulary {
        switch self {
        case .bpe(let model): model.vocabulary
        case .wordLevel(let model): model.vocabulary
        case .wordPiece(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        }
    }

    /// Appends the tokens of every piece.
    func encode(_ text: PreTokenizedText, _ workspace: inout BPE.Workspace, into ids: inout [TokenID]) {
        switch self {
        case .bpe(let model):
            for piece in text.pieces { model.encode(text.bytes, piece.range, &workspace, into: &ids) }
        case .wordLevel(let model):
            for piece in text.pieces { model.encode(text.bytes, piece.range, into: &ids) }
        case .wordPiece(let model):
            for piece in text.pieces { model.encode(text.bytes, piece.range, into: &ids) }
        case .unigram(let model):
            for piece in text.pieces { model.encode(text.bytes, piece.range, into: &ids) }
        }
    }
}
