import MartletJSON

extension TokenizerFile {
    /// How the classes that know SentencePiece models use them; all others follow the model's own settings.
    private enum Usage: String {
        case llama = "LlamaTokenizer"
        case gemma = "GemmaTokenizer"
        case t5 = "T5Tokenizer"
        case xlmRoberta = "XLMRobertaTokenizer"
    }

    /// What the tokenizer of this class makes of a SentencePiece model.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - settings: what the files beside it say.
    init(_ model: SentencePieceModel, _ settings: FolderSettings) {
        switch (settings.tokenizerClass.flatMap { Usage(rawValue: $0) }, model.kind) {
        case (.llama, .bpe): self = Self.llama(model, settings)
        case (.gemma, .bpe): self = Self.gemma(model)
        case (.t5, .unigram): self = Self.t5(model, settings)
        case (.xlmRoberta, .unigram): self = Self.xlmRoberta(model)
        default: self.init(model, isLegacy: settings.bool("legacy") ?? true)
        }
    }

    /// A tokenizer that encodes as SentencePiece itself does.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - isLegacy: whether the dummy prefix is put before the text after each added token too.
    init(_ model: SentencePieceModel, isLegacy: Bool) {
        let userDefined = model.pieces.filter { $0.kind == .userDefined }.map {
            String(decoding: $0.text, as: UTF8.self)
        }
        let space = ComponentJSON.visibleSpace
        var normalizers = Self.characterMap(model)
        if model.removesExtraSpaces {
            normalizers.append(ComponentJSON.replace(pattern: #"\A +| +\z"#, ""))
            normalizers.append(ComponentJSON.replace(pattern: " {2,}", " "))
        }
        if model.escapesSpaces { normalizers.append(ComponentJSON.replace(" ", space)) }
        var preTokenizers: [JSONValue] = []
        if model.addsDummyPrefix {
            if isLegacy { normalizers.append(ComponentJSON.replace(pattern: #"\A"# + space, space + space)) }
            preTokenizers.append(ComponentJSON.metaspace(isLegacy ? .always : .first, splits: false))
        }
        if !userDefined.isEmpty {
            let ordered = userDefined.sorted { $0.unicodeScalars.count > $1.unicodeScalars.count }
            preTokenizers.append(ComponentJSON.split(ordered.map(Self.escaped).joined(separator: "|")))
        }
        let json = ComponentJSON.file(
            model: Self.modelComponent(model, ignoresMerges: !userDefined.isEmpty),
            normalizer: ComponentJSON.sequence("normalizers", normalizers),
            preTokenizer: ComponentJSON.sequence("pretokenizers", preTokenizers),
            decoder: ComponentJSON.sentencePieceDecoder(
                fallsBackToBytes: model.fallsBackToBytes,
                stripsSpace: model.addsDummyPrefix
            ),
            addedTokens: Self.addedTokens(model, [.control])
        )
        let vocabulary = Self.vocabulary(model.pieces.map(\.text))
        var tables = ModelTables(vocabulary: vocabulary, scores: model.pieces.map { Double($0.score) })
        if model.kind == .bpe { tables.merges = Self.merges(model, vocabulary) }
        self.init(json: json, tables: tables)
    }

    /// The text as a regular expression.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.isASCII, !scalar.properties.isAlphabetic, !scalar.properties.isWhitespace,
                scalar.properties.numericType == nil
            {
                result.append("\\")
            }
            result.unicodeScalars.append(scalar)
        }
    }

    private static func modelComponent(_ model: SentencePieceModel, ignoresMerges: Bool) -> JSONValue {
        switch model.kind {
        case .bpe:
            let hasUnknown = model.pieces.contains { $0.text.elementsEqual(model.unknownPiece.utf8) }
            return ComponentJSON.bpe(
                unknown: hasUnknown ? model.unknownPiece : nil,
                fusesUnknown: true,
                fallsBackToBytes: model.fallsBackToBytes,
                ignoresMerges: ignoresMerges
            )
        case .unigram: return unigram(unknownID: model.unknownID, model.fallsBackToBytes)
        }
    }

    private static func unigram(unknownID: Int, _ fallsBackToBytes: Bool) -> JSONValue {
        [
            "type": "Unigram", "unk_id": unknownID < 0 ? nil : .integer(unknownID),
            "byte_fallback": .bool(fallsBackToBytes),
        ]
    }

    private static func characterMap(_ model: SentencePieceModel) -> [JSONValue] {
        model.characterMap.isEmpty
            ? [] : [["type": "Precompiled", "precompiled_charsmap": .string(Base64.encode(model.characterMap))]]
    }

    private static func addedTokens(
        _ model: SentencePieceModel,
        _ kinds: Set<SentencePieceModel.PieceKind>
    ) -> [JSONValue] {
        model.pieces.enumerated().filter { kinds.contains($1.kind) }.map { id, piece in
            ComponentJSON.addedToken(id, piece.text, isSpecial: piece.kind == .control)
        }
    }

    private static func vocabulary(_ tokens: [ArraySlice<UInt8>]) -> Vocabulary {
        var builder = VocabularyBuilder(capacity: tokens.count)
        for (id, token) in tokens.enumerated() { builder.append(token, id: Int32(id)) }
        return builder.build()
    }

    /// Normal pieces merge in the order of their scores.
    private static func merges(_ model: SentencePieceModel, _ vocabulary: Vocabulary) -> MergeTable {
        let pieces = model.pieces
        let ids = pieces.indices.filter { pieces[$0].kind == .normal }
            .sorted { (pieces[$1].score, $0) < (pieces[$0].score, $1) }
        return MergeDerivation.table(vocabulary, ids: ids.map { Int32($0) }, order: .shorterLeft) {
            pieces[Int($0)].kind == .normal
        }
    }
}

extension TokenizerFile {
    private static func llama(_ model: SentencePieceModel, _ settings: FolderSettings) -> TokenizerFile {
        let addsPrefixSpace = settings.bool("add_prefix_space") ?? true
        let isLegacy = settings.bool("legacy") ?? false
        let scheme: Metaspace.PrependScheme = addsPrefixSpace ? isLegacy ? .always : .first : .never
        let json = ComponentJSON.file(
            model: ComponentJSON.bpe(fusesUnknown: true, fallsBackToBytes: true),
            preTokenizer: ComponentJSON.metaspace(scheme, splits: false),
            decoder: ComponentJSON.sentencePieceDecoder(fallsBackToBytes: true, stripsSpace: addsPrefixSpace),
            addedTokens: addedTokens(model, [.control, .userDefined])
        )
        return TokenizerFile(json: json, tables: mergedInOrder(model))
    }

    private static func gemma(_ model: SentencePieceModel) -> TokenizerFile {
        let json = ComponentJSON.file(
            model: ComponentJSON.bpe(unknown: "<unk>", fusesUnknown: true, fallsBackToBytes: true),
            normalizer: ComponentJSON.replace(" ", ComponentJSON.visibleSpace),
            preTokenizer: [
                "type": "Split", "pattern": ["String": " "], "behavior": "MergedWithPrevious", "invert": false,
            ],
            decoder: ComponentJSON.sentencePieceDecoder(fallsBackToBytes: true, stripsSpace: false),
            addedTokens: addedTokens(model, [.control, .userDefined])
        )
        return TokenizerFile(json: json, tables: mergedInOrder(model))
    }

    /// Pieces merge in the order of their numbers.
    private static func mergedInOrder(_ model: SentencePieceModel) -> ModelTables {
        let vocabulary = vocabulary(model.pieces.map(\.text))
        let ids = (0..<Int32(vocabulary.upperBound)).filter { id in
            vocabulary.token(id).map { vocabulary.id($0.span) == id } ?? false
        }
        return ModelTables(
            vocabulary: vocabulary,
            merges: MergeDerivation.table(vocabulary, ids: ids, order: .shorterLeft)
        )
    }

    /// The model's pieces, and after them `<extra_id_99>` to `<extra_id_0>` where they are not among them.
    private static func t5(_ model: SentencePieceModel, _ settings: FolderSettings) -> TokenizerFile {
        let sentinel = "<extra_id_"
        let hasSentinels = model.pieces.contains { $0.text.starts(with: sentinel.utf8) }
        let count = hasSentinels ? 0 : min(max(settings.integer("extra_ids") ?? 100, 0), 10_000)
        let sentinels = (0..<count).reversed().map { Array("\(sentinel)\($0)>".utf8)[...] }
        let vocabulary = vocabulary(model.pieces.map(\.text) + sentinels)
        let added = sentinels.enumerated().map { index, text in
            ComponentJSON.addedToken(model.pieces.count + index, text, isSpecial: true)
        }
        let json = ComponentJSON.file(
            model: unigram(unknownID: 2, false),
            normalizer: characterMap(model).first ?? nil,
            preTokenizer: wordsWithVisibleSpaces,
            postProcessor: ComponentJSON.template(
                ["$A", "</s>"],
                [("$A", 0), ("</s>", 0), ("$B", 0), ("</s>", 0)],
                ["</s>": vocabulary.id("</s>") ?? 1]
            ),
            decoder: ComponentJSON.metaspace(.always, splits: true),
            addedTokens: addedTokens(model, [.control, .userDefined]) + added
        )
        let scores = model.pieces.map { Double($0.score) } + sentinels.map { _ in 0 }
        return TokenizerFile(json: json, tables: ModelTables(vocabulary: vocabulary, scores: scores))
    }

    /// Four special tokens take the place of the first three pieces, and a mask follows the last one.
    private static func xlmRoberta(_ model: SentencePieceModel) -> TokenizerFile {
        let specials = ["<s>", "<pad>", "</s>", "<unk>"].map { Array($0.utf8)[...] }
        let tokens = specials + model.pieces.dropFirst(3).map(\.text) + [Array("<mask>".utf8)[...]]
        let scores = [0, 0, 0, 0] + model.pieces.dropFirst(3).map { Double($0.score) } + [0]
        let pair = ["<s>", "$A", "</s>", "</s>", "$B", "</s>"]
        let json = ComponentJSON.file(
            model: unigram(unknownID: 3, false),
            normalizer: characterMap(model).first ?? nil,
            preTokenizer: wordsWithVisibleSpaces,
            postProcessor: ComponentJSON.template(
                ["<s>", "$A", "</s>"],
                pair.map { ($0, 0) },
                ["<s>": 0, "</s>": 2]
            ),
            decoder: ComponentJSON.metaspace(.always, splits: true)
        )
        return TokenizerFile(json: json, tables: ModelTables(vocabulary: vocabulary(tokens), scores: scores))
    }

    private static let wordsWithVisibleSpaces = ComponentJSON.sequence(
        "pretokenizers",
        [["type": "WhitespaceSplit"], ComponentJSON.metaspace(.always, splits: true)]
    )
}
