package import MartletJSON

/// What `tokenizer_config.json` and `special_tokens_map.json` say about a tokenizer.
public struct TokenizerConfiguration: Sendable {
    /// The texts of the named special tokens, by name: `bos_token`, `eos_token`, `pad_token`, `unk_token`, ….
    public var specialTokens: [String: String] = [:]
    /// Whether the beginning-of-sequence token is put before every text; `nil` leaves it to `tokenizer.json`.
    public var addsBOS: Bool?
    /// Whether the end-of-sequence token is put after every text; `nil` leaves it to `tokenizer.json`.
    public var addsEOS: Bool?
    /// Tokens that `tokenizer.json` need not list, in order.
    var addedTokens: [AddedToken] = []
    /// How many of them come before those that have no name.
    private var namedTokenCount = 0

    /// The names of the special tokens that have one.
    private static let names = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// Nothing beyond what `tokenizer.json` says.
    public init() {}

    /// What the two files say.
    ///
    /// As in the reference, the special tokens map counts only where the configuration has no `added_tokens_decoder`,
    /// and then it takes precedence. Fields of other kinds are not errors: these files carry much that is not about
    /// tokens.
    ///
    /// - Parameters:
    ///   - configuration: the content of `tokenizer_config.json`, when there is one.
    ///   - specialTokensMap: the content of `special_tokens_map.json`, when there is one.
    package init(configuration: JSONValue?, specialTokensMap: JSONValue?) {
        addsBOS = configuration?["add_bos_token"]?.bool
        addsEOS = configuration?["add_eos_token"]?.bool
        if let entries = configuration?["added_tokens_decoder"]?.object {
            let ordered = entries.members.compactMap { member in Int(member.key).map { ($0, member.value) } }
                .sorted { $0.0 < $1.0 }
            for (_, value) in ordered { add(value, isSpecialByDefault: false) }
        }
        let usesMap = configuration?["added_tokens_decoder"] == nil
        for name in Self.names {
            let value = (usesMap ? specialTokensMap?[name] : nil) ?? configuration?[name]
            guard let value, let content = value.string ?? value["content"]?.string else { continue }
            specialTokens[name] = content
            add(value, isSpecialByDefault: true)
        }
        namedTokenCount = addedTokens.count
        let more = ["additional_special_tokens", "extra_special_tokens"]
        for value in more.compactMap({ configuration?[$0]?.array }).joined() { add(value, isSpecialByDefault: true) }
    }

    private mutating func add(_ value: JSONValue, isSpecialByDefault: Bool) {
        guard let content = value.string ?? value["content"]?.string else { return }
        let isSpecial = isSpecialByDefault || value["special"]?.bool ?? false
        var token = AddedToken(content: content, isSpecial: isSpecial, isNormalized: value["normalized"]?.bool ?? false)
        token.isSingleWord = value["single_word"]?.bool ?? false
        token.stripsLeft = value["lstrip"]?.bool ?? false
        token.stripsRight = value["rstrip"]?.bool ?? false
        addedTokens.append(token)
    }
}

extension TokenizerConfiguration {
    /// The special tokens of the reference's classes where no file names others.
    private static let defaults: [String: [(name: String, content: String)]] = [
        "GPT2Tokenizer": [
            ("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>"),
        ],
        "Qwen2Tokenizer": [
            ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>"),
        ],
        "RobertaTokenizer": [
            ("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"), ("sep_token", "</s>"),
            ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>"),
        ],
    ]

    private static let bert = [
        (name: "unk_token", content: "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"),
        ("mask_token", "[MASK]"),
    ]

    /// Adds the special tokens that a class has where no file names others.
    mutating func addDefaults(tokenizerClass: String) {
        for (name, content) in Self.defaults[tokenizerClass] ?? Self.bert { addDefault(name, content) }
    }

    /// Adds the special tokens that a SentencePiece model has where no file names others.
    mutating func addDefaults(_ model: SentencePieceModel) {
        if model.bosID >= 0 { addDefault("bos_token", model.bosPiece) }
        if model.eosID >= 0 { addDefault("eos_token", model.eosPiece) }
        if model.unknownID >= 0 { addDefault("unk_token", model.unknownPiece) }
    }

    private mutating func addDefault(_ name: String, _ content: String) {
        guard specialTokens[name] == nil, !content.isEmpty else { return }
        specialTokens[name] = content
        addedTokens.insert(AddedToken(content: content, isSpecial: true, isNormalized: false), at: namedTokenCount)
        namedTokenCount += 1
    }
}
