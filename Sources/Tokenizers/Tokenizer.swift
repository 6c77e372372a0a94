package import MartletJSON

/// Text to tokens and back, as the `tokenizer.json` of a model says; token for token equal to Hugging Face `tokenizers`.
///
/// Truncation and padding settings of the file have an effect only where a call asks for it: the reference's callers
/// override them at each call.
public final class Tokenizer: Sendable {
    let model: TokenizerModel
    let vocabulary: Vocabulary
    let added: AddedVocabulary
    let normalizer: Normalizer?
    let preTokenizer: PreTokenizer?
    let postProcessor: PostProcessor
    let decoder: Decoder
    /// How byte-level BPE takes text without writing the stand-ins of its bytes; `nil` for everything else.
    let byteLevel: (splitter: ByteSplitter, model: BPE, symbols: ByteSymbols)?
    let workspaces = WorkspacePool()
    let truncation: Truncation?
    let padding: Padding?

    /// What `tokenizer_config.json` and `special_tokens_map.json` said.
    public let configuration: TokenizerConfiguration

    /// The tokenizer that the bytes of a `tokenizer.json` describe.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - configuration: what the files beside it say.
    /// - Throws: `TokenizerError`; any component or setting that is not implemented is named, never ignored.
    /// - Complexity: O(bytes).
    package convenience init(
        bytes: [UInt8],
        configuration: TokenizerConfiguration = .init()
    ) throws(TokenizerError) {
        try self.init(try TokenizerFile(bytes), configuration: configuration)
    }

    /// The tokenizer of components and tables.
    init(_ file: TokenizerFile, configuration: TokenizerConfiguration) throws(TokenizerError) {
        let root = ComponentReader(value: file.json, path: "")
        let normalizer = try root.component("normalizer").map { reader throws(TokenizerError) in try Normalizer(reader)
        }
        preTokenizer = try root.component("pre_tokenizer").map { reader throws(TokenizerError) in
            try PreTokenizer(reader)
        }
        decoder = try Decoder(root.component("decoder"))
        model = try TokenizerModel(file)
        if case .bpe(let model) = model, let symbols = model.byteSymbols, let splitter = ByteSplitter(preTokenizer) {
            byteLevel = (splitter, model, symbols)
        } else {
            byteLevel = nil
        }
        let vocabulary = model.vocabulary
        added = try AddedVocabulary(
            try Self.addedTokens(root, configuration),
            vocabulary: vocabulary,
            normalizer: normalizer
        )
        self.normalizer = normalizer
        self.vocabulary = vocabulary
        self.configuration = configuration
        postProcessor = try Self.postProcessor(root, configuration, added)
        truncation = try root.component("truncation").map { reader throws(TokenizerError) in try Truncation(reader) }
        padding = try root.component("padding").map { reader throws(TokenizerError) in try Padding(reader) }
    }

    /// The file's, unless the configuration says what is put around a text.
    private static func postProcessor(
        _ root: ComponentReader,
        _ configuration: TokenizerConfiguration,
        _ added: AddedVocabulary
    ) throws(TokenizerError) -> PostProcessor {
        guard configuration.addsBOS != nil || configuration.addsEOS != nil else {
            guard let reader = root.component("post_processor") else { return .none }
            return try PostProcessor(reader)
        }
        func id(_ name: String) -> TokenID? {
            guard let content = configuration.specialTokens[name] else { return nil }
            return added.id(Array(content.utf8))
        }
        let bos = configuration.addsBOS == true ? id("bos_token") : nil
        let eos = configuration.addsEOS == true ? id("eos_token") : nil
        return .template(ProcessingTemplate(bos: bos, eos: eos))
    }

    /// The tokenizer that the content of a `tokenizer.json` describes.
    ///
    /// - Parameters:
    ///   - json: the file's content.
    ///   - configuration: what the files beside it say.
    /// - Throws: as the initializer from bytes does.
    package convenience init(
        json: JSONValue,
        configuration: TokenizerConfiguration = .init()
    ) throws(TokenizerError) {
        try self.init(bytes: Array(json.serialized.utf8), configuration: configuration)
    }

    /// Tokens of the file in order of their numbers, then those that only the configuration names.
    private static func addedTokens(
        _ root: ComponentReader,
        _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) -> [AddedToken] {
        var tokens: [(id: Int, token: AddedToken)] = []
        if root.component("added_tokens") != nil {
            for reader in try root.components("added_tokens") {
                tokens.append((reader.value["id"]?.integer ?? .max, try AddedToken(reader)))
            }
        }
        // a stable sort: the sort of arrays keeps no order among equals
        let ordered = tokens.enumerated().sorted { ($0.element.id, $0.offset) < ($1.element.id, $1.offset) }
        return ordered.map(\.element.token) + configuration.addedTokens
    }
}

// MARK: - Vocabulary

extension Tokenizer {
    /// The number of different tokens, added ones included.
    public var vocabularySize: Int { vocabulary.count + added.extraCount }

    /// One more than the largest token number; larger than `vocabularySize` where numbers have gaps.
    public var tokenIDUpperBound: Int { max(vocabulary.upperBound, added.upperBound) }

    /// The token's text in the vocabulary, such as `Ġworld`.
    ///
    /// - Returns: `nil` for a number that no token has.
    public func token(for id: TokenID) -> String? {
        tokenBytes(id).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The number of the token with this text in the vocabulary.
    public func id(for token: String) -> TokenID? {
        let bytes = Array(token.utf8)
        return added.id(bytes) ?? vocabulary.id(bytes).map { TokenID($0) }
    }

    /// Whether the token is a special one.
    public func isSpecial(_ id: TokenID) -> Bool { added.isSpecial(id) }

    /// The beginning-of-sequence token's text.
    public var bosToken: String? { configuration.specialTokens["bos_token"] }

    /// The end-of-sequence token's text.
    public var eosToken: String? { configuration.specialTokens["eos_token"] }

    /// The padding token's text.
    public var padToken: String? { configuration.specialTokens["pad_token"] }

    /// The unknown token's text.
    public var unknownToken: String? { configuration.specialTokens["unk_token"] }

    /// The beginning-of-sequence token.
    public var bosTokenID: TokenID? { bosToken.flatMap { id(for: $0) } }

    /// The end-of-sequence token.
    public var eosTokenID: TokenID? { eosToken.flatMap { id(for: $0) } }

    /// The padding token.
    public var padTokenID: TokenID? { padToken.flatMap { id(for: $0) } }

    func tokenBytes(_ id: TokenID) -> ArraySlice<UInt8>? {
        added.decodedText(id).map { $0[...] } ?? vocabulary.token(id.rawValue)
    }
}
