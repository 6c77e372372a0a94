import MartletJSON

extension TokenizerFile {
    private static let path = "tokenizer.ggml"

    /// The components that a vocabulary of a GGUF file implies.
    ///
    /// - Parameters:
    ///   - vocabulary: what the file says.
    ///   - configuration: gets the names of the special tokens.
    /// - Throws: `TokenizerError` for tables that do not fit each other, and for kinds that are not implemented.
    init(_ vocabulary: GGMLVocabulary, _ configuration: inout TokenizerConfiguration) throws(TokenizerError) {
        let count = vocabulary.tokens.count
        guard (1...Vocabulary.maximumID).contains(count) else {
            throw .invalidModelFile(path: "\(Self.path).tokens", reason: "it has \(count) tokens")
        }
        for (name, other) in [("scores", vocabulary.scores.count), ("token_type", vocabulary.kinds.count)]
        where other != 0 && other != count {
            throw .invalidModelFile(path: "\(Self.path).\(name)", reason: "it has \(other) entries for \(count) tokens")
        }
        for (id, token) in vocabulary.tokens.enumerated() where String(validating: token, as: UTF8.self) == nil {
            throw .invalidModelFile(path: "\(Self.path).tokens", reason: "token \(id) is not UTF-8")
        }
        guard vocabulary.scores.allSatisfy(\.isFinite) else {
            throw .invalidModelFile(path: "\(Self.path).scores", reason: "one of them is not finite")
        }
        switch vocabulary.model {
        case "llama": self = Self.sentencePiece(vocabulary, &configuration)
        case "gpt2", "gemma4": self = try Self.bytePairs(vocabulary, &configuration)
        case "bert": self = Self.wordPiece(vocabulary, &configuration)
        case "t5": self = Self.unigram(vocabulary, &configuration)
        default: throw .unsupportedComponent(kind: "GGUF tokenizer model", type: vocabulary.model)
        }
    }

    /// SentencePiece's byte pairs: merged in the order of their scores, of equal ones the leftmost.
    private static func sentencePiece(
        _ source: GGMLVocabulary,
        _ configuration: inout TokenizerConfiguration
    ) -> TokenizerFile {
        let space = ComponentJSON.visibleSpace
        let addsSpace = source.addsSpacePrefix ?? true
        let prepend: JSONValue = ["type": "Prepend", "prepend": .string(space)]
        let vocabulary = vocabulary(source.tokens)
        let scores = source.scores
        let ids = source.tokens.indices.filter { vocabulary.id(source.tokens[$0]) == Int32($0) }
        let ordered =
            scores.isEmpty ? ids : ids.sorted { (scores[$1], $0) < (scores[$0], $1) }
        let merges = MergeDerivation.table(vocabulary, ids: ordered.map { Int32($0) }, order: .none)
        let unknown = name("unk_token", 0, source, &configuration)
        let json = ComponentJSON.file(
            model: ComponentJSON.bpe(unknown: unknown?.text, fallsBackToBytes: true),
            normalizer: ComponentJSON.sequence(
                "normalizers",
                (addsSpace ? [prepend] : []) + [ComponentJSON.replace(" ", space)]
            ),
            postProcessor: around(
                source,
                &configuration,
                bos: (source.addsBOS ?? true, 1),
                end: ("eos_token", source.addsEOS ?? false, 2)
            ),
            decoder: ComponentJSON.sentencePieceDecoder(fallsBackToBytes: true, stripsSpace: addsSpace),
            addedTokens: addedTokens(source)
        )
        return TokenizerFile(json: json, tables: ModelTables(vocabulary: vocabulary, merges: merges))
    }

    /// Byte pairs with merge rules; the kind of pre-tokenizer says how text is cut.
    private static func bytePairs(
        _ source: GGMLVocabulary,
        _ configuration: inout TokenizerConfiguration
    ) throws(TokenizerError) -> TokenizerFile {
        let name = source.pre ?? (source.model == "gemma4" ? "gemma4" : "default")
        guard let pre = GGMLPreTokenizer(named: name) else {
            throw .unsupportedSetting(path: "\(path).pre", value: name)
        }
        let vocabulary = vocabulary(source.tokens)
        var rules = MergeRuleReader(vocabulary: vocabulary, prefixLength: 0, capacity: source.merges.count)
        for (index, rule) in source.merges.enumerated() {
            // the first byte may be a space itself
            guard let gap = rule.dropFirst().firstIndex(of: UInt8(ascii: " ")) else {
                throw .invalidModelFile(path: "\(path).merges", reason: "rule \(index) is not two tokens")
            }
            try rules.append { texts throws(TokenizerError) in
                texts += rule[..<gap]
                texts += rule[(gap + 1)...]
                return gap
            }
        }
        let splits = ComponentJSON.sequence("pretokenizers", pre.patterns.map(ComponentJSON.split))
        let addsSeparator = source.addsSeparator ?? pre.addsSeparator
        let end = addsSeparator ? ("sep_token", true, nil) : ("eos_token", source.addsEOS ?? false, 11 as Int?)
        let unknown = Self.name("unk_token", nil, source, &configuration)
        let json = ComponentJSON.file(
            model: ComponentJSON.bpe(
                unknown: pre.isPlainText ? unknown?.text : nil,
                fallsBackToBytes: pre.isPlainText,
                ignoresMerges: pre.ignoresMerges
            ),
            normalizer: pre.isPlainText ? ComponentJSON.replace(" ", ComponentJSON.visibleSpace) : nil,
            preTokenizer: pre.isPlainText ? splits : ComponentJSON.byteLevelPieces(pre.patterns),
            postProcessor: around(source, &configuration, bos: (source.addsBOS ?? pre.addsBOS, 11), end: end),
            decoder: pre.isPlainText
                ? ComponentJSON.sentencePieceDecoder(fallsBackToBytes: true, stripsSpace: false)
                : ComponentJSON.byteLevel(),
            addedTokens: addedTokens(source)
        )
        let tables = ModelTables(vocabulary: vocabulary, merges: try rules.finish())
        return TokenizerFile(json: json, tables: tables)
    }

    /// WordPiece, whose words begin with a visible space in the file where others continue with `##`.
    private static func wordPiece(
        _ source: GGMLVocabulary,
        _ configuration: inout TokenizerConfiguration
    ) -> TokenizerFile {
        let space = Array(ComponentJSON.visibleSpace.utf8)
        let tokens = source.tokens.enumerated().map { id, token -> [UInt8] in
            if token.starts(with: space) { return Array(token.dropFirst(space.count)) }
            let isWhole = source.kind(id) == .control || source.kind(id) == .unknown
            return isWhole ? token : Array("##".utf8) + token
        }
        let unknown = name("unk_token", 100, source, &configuration)
        let json = ComponentJSON.file(
            model: [
                "type": "WordPiece", "unk_token": .string(unknown?.text ?? "[UNK]"), "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 1_000_000,
            ],
            normalizer: [
                "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "lowercase": true,
                "strip_accents": true,
            ],
            preTokenizer: ["type": "BertPreTokenizer"],
            postProcessor: around(
                source,
                &configuration,
                bos: (source.addsBOS ?? true, 101),
                end: ("sep_token", source.addsSeparator ?? true, 102)
            ),
            decoder: ["type": "WordPiece", "prefix": "##", "cleanup": true],
            addedTokens: addedTokens(source)
        )
        return TokenizerFile(json: json, tables: ModelTables(vocabulary: vocabulary(tokens)))
    }

    /// SentencePiece's unigram model.
    private static func unigram(
        _ source: GGMLVocabulary,
        _ configuration: inout TokenizerConfiguration
    ) -> TokenizerFile {
        let unknown = name("unk_token", 2, source, &configuration)
        let model = SentencePieceModel(source, unknownID: unknown?.id ?? -1)
        let file = TokenizerFile(model, isLegacy: true)
        let postProcessor = around(
            source,
            &configuration,
            bos: (source.addsBOS ?? false, nil),
            end: ("eos_token", source.addsEOS ?? true, 1)
        )
        var members = file.json.object ?? JSONObject([])
        members["post_processor"] = postProcessor
        members["added_tokens"] = .array(addedTokens(source))
        guard let tables = file.tables else { return file }
        return TokenizerFile(json: .object(members), tables: tables)
    }

    private static func vocabulary(_ tokens: [[UInt8]]) -> Vocabulary {
        var builder = VocabularyBuilder(capacity: tokens.count)
        for (id, token) in tokens.enumerated() { builder.append(token[...], id: Int32(id)) }
        return builder.build()
    }

    /// Tokens that are recognized in the text: those of special kinds, and those that the user defined.
    private static func addedTokens(_ source: GGMLVocabulary) -> [JSONValue] {
        source.tokens.indices.compactMap { id in
            switch source.kind(id) {
            case .control, .unknown: ComponentJSON.addedToken(id, source.tokens[id][...], isSpecial: true)
            case .userDefined: ComponentJSON.addedToken(id, source.tokens[id][...], isSpecial: false)
            default: nil
            }
        }
    }

    /// Notes a special token's text.
    private static func name(
        _ name: String,
        _ defaultID: Int?,
        _ source: GGMLVocabulary,
        _ configuration: inout TokenizerConfiguration
    ) -> (id: Int, text: String)? {
        let special = source.special(name, default: defaultID)
        configuration.specialTokens[name] = special?.text
        return special
    }

    /// What is put around a text.
    private static func around(
        _ source: GGMLVocabulary,
        _ configuration: inout TokenizerConfiguration,
        bos: (isAdded: Bool, defaultID: Int?),
        end: (name: String, isAdded: Bool, defaultID: Int?)
    ) -> JSONValue {
        let first = name("bos_token", bos.defaultID, source, &configuration)
        let last = name(end.name, end.defaultID, source, &configuration)
        for other in ["eos_token", "sep_token", "pad_token", "mask_token"] where other != end.name {
            _ = name(other, nil, source, &configuration)
        }
        let before = bos.isAdded ? first.map { [$0.text] } ?? [] : []
        let after = end.isAdded ? last.map { [$0.text] } ?? [] : []
        guard !before.isEmpty || !after.isEmpty else { return nil }
        var ids: [String: Int32] = [:]
        for special in [first, last].compactMap({ $0 }) { ids[special.text] = Int32(special.id) }
        let single = before + ["$A"] + after
        return ComponentJSON.template(single, (single + before + ["$B"] + after).map { ($0, 0) }, ids)
    }
}
