/// A tokenizer as GGUF files hold it under `tokenizer.ggml`, without the file.
///
/// What is `nil` the file does not say; the kinds of models have defaults of their own.
package struct GGMLVocabulary: Sendable {
    /// What a token is there for, as the file numbers it.
    package enum TokenKind: Int32, Sendable {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    /// The kind of model: `llama`, `gpt2`, `bert`, `t5`, ….
    package var model = ""
    /// The kind of pre-tokenizer.
    package var pre: String?
    /// The texts of the tokens in order of their numbers.
    package var tokens: [[UInt8]] = []
    /// As many scores, or none.
    package var scores: [Float] = []
    /// As many kinds, or none.
    package var kinds: [Int32] = []
    /// The merge rules: two texts with a space between.
    package var merges: [[UInt8]] = []
    /// Whether a space is put before every text.
    package var addsSpacePrefix: Bool?
    /// Whether the beginning-of-sequence token is put before every text.
    package var addsBOS: Bool?
    /// Whether the end-of-sequence token is put after every text.
    package var addsEOS: Bool?
    /// Whether the separator is put after every text.
    package var addsSeparator: Bool?
    /// Whether spaces at the ends and repeated spaces are dropped.
    package var removesExtraSpaces: Bool?
    /// SentencePiece's compiled character map.
    package var characterMap: [UInt8] = []
    /// The numbers of the special tokens by their names in `tokenizer.json`'s world: `bos_token`, `eos_token`, ….
    package var specialTokens: [String: Int] = [:]

    /// Nothing yet.
    package init() {}

    /// The text of a special token, when there is one with that name.
    func special(_ name: String, default defaultID: Int?) -> (id: Int, text: String)? {
        guard let id = specialTokens[name] ?? defaultID, tokens.indices.contains(id) else { return nil }
        return (id, String(decoding: tokens[id], as: UTF8.self))
    }

    /// The kind of a token.
    func kind(_ id: Int) -> TokenKind {
        kinds.indices.contains(id) ? TokenKind(rawValue: kinds[id]) ?? .normal : .normal
    }
}

extension Tokenizer {
    /// The tokenizer of a GGUF file; token for token equal to llama.cpp's with special tokens recognized.
    ///
    /// - Parameter vocabulary: what the file says.
    /// - Throws: `TokenizerError` for tables that do not fit each other, and for kinds that are not implemented.
    package convenience init(ggml vocabulary: GGMLVocabulary) throws(TokenizerError) {
        var configuration = TokenizerConfiguration()
        let file = try TokenizerFile(vocabulary, &configuration)
        try self.init(file, configuration: configuration)
    }
}
