import MartletJSON

extension TokenizerFile {
    /// What the classes with byte-level models put around `vocab.json` and `merges.txt`.
    private enum ByteLevelUsage: String {
        case gpt2 = "GPT2Tokenizer"
        case qwen2 = "Qwen2Tokenizer"
        case roberta = "RobertaTokenizer"
    }

    /// The classes with WordPiece models.
    private static let wordPieceClasses: Set<String> = [
        "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer",
        "SqueezeBertTokenizer",
    ]

    /// The names of the files in messages.
    private static let mergesName = "merges.txt"

    /// What the tokenizer of this class makes of `vocab.json` and `merges.txt`.
    ///
    /// - Throws: `TokenizerError` for malformed files, and for classes that use such files in ways of their own.
    init(
        vocabularyJSON: [UInt8],
        merges: [UInt8],
        _ settings: FolderSettings,
        _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) {
        let name = settings.tokenizerClass ?? ByteLevelUsage.gpt2.rawValue
        guard let usage = ByteLevelUsage(rawValue: name) else {
            throw .unsupportedComponent(kind: "tokenizer class with vocab.json", type: name)
        }
        try Self.checkUTF8(vocabularyJSON, "vocab.json")
        try Self.checkUTF8(merges, Self.mergesName)
        let vocabulary = try Self.vocabulary(vocabularyJSON, vocabularyJSON.indices, path: "vocab.json")
        let addsPrefixSpace = settings.bool("add_prefix_space") ?? false
        var normalizer = JSONValue.null
        var preTokenizer = ComponentJSON.byteLevel(addsPrefixSpace: addsPrefixSpace, usesPattern: true)
        var postProcessor = JSONValue.null
        switch usage {
        case .gpt2: break
        case .qwen2:
            normalizer = ["type": "NFC"]
            preTokenizer = ComponentJSON.sequence(
                "pretokenizers",
                [ComponentJSON.split(SplitPatterns.qwen2), ComponentJSON.byteLevel(addsPrefixSpace: addsPrefixSpace)]
            )
        case .roberta:
            let (cls, clsID) = try Self.special("cls_token", configuration, vocabulary)
            let (sep, sepID) = try Self.special("sep_token", configuration, vocabulary)
            postProcessor = ComponentJSON.template(
                [cls, "$A", sep],
                [(cls, 0), ("$A", 0), (sep, 0), (sep, 0), ("$B", 0), (sep, 0)],
                [cls: clsID, sep: sepID]
            )
        }
        self.init(
            json: ComponentJSON.file(
                model: ComponentJSON.bpe(),
                normalizer: normalizer,
                preTokenizer: preTokenizer,
                postProcessor: postProcessor,
                decoder: ComponentJSON.byteLevel()
            ),
            tables: ModelTables(vocabulary: vocabulary, merges: try Self.merges(merges, vocabulary))
        )
    }

    /// Rules of two tokens with a space between, one on each line; a first line may name the version.
    private static func merges(_ bytes: [UInt8], _ vocabulary: Vocabulary) throws(TokenizerError) -> MergeTable {
        var rules = MergeRuleReader(vocabulary: vocabulary, prefixLength: 0, capacity: bytes.count / 10)
        var number = 0
        try forEachLine(bytes) { line throws(TokenizerError) in
            number += 1
            if line.starts(with: "#version".utf8) { return }
            let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw .invalidModelFile(path: mergesName, reason: "line \(number) is not two tokens")
            }
            try rules.append { texts throws(TokenizerError) in
                texts += parts[0]
                texts += parts[1]
                return parts[0].count
            }
        }
        return try rules.finish()
    }

    /// What BERT's tokenizers make of `vocab.txt`, which has a token on each line.
    ///
    /// - Throws: `TokenizerError` for a file that is not text, and for classes that use such files in ways of their own.
    init(
        vocabularyText: [UInt8],
        _ settings: FolderSettings,
        _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) {
        let name = settings.tokenizerClass ?? "BertTokenizer"
        guard Self.wordPieceClasses.contains(name) else {
            throw .unsupportedComponent(kind: "tokenizer class with vocab.txt", type: name)
        }
        try Self.checkUTF8(vocabularyText, "vocab.txt")
        var builder = VocabularyBuilder(capacity: vocabularyText.count / 8)
        var id = 0
        try Self.forEachLine(vocabularyText) { line throws(TokenizerError) in
            guard id <= Vocabulary.maximumID else {
                throw .invalidTokenID(token: String(decoding: line, as: UTF8.self), id: id)
            }
            builder.append(Self.trimmed(line), id: Int32(id))
            id += 1
        }
        let vocabulary = builder.build()
        let (cls, clsID) = try Self.special("cls_token", configuration, vocabulary)
        let (sep, sepID) = try Self.special("sep_token", configuration, vocabulary)
        let stripsAccents: JSONValue = settings.bool("strip_accents").map { .bool($0) } ?? nil
        self.init(
            json: ComponentJSON.file(
                model: [
                    "type": "WordPiece", "unk_token": .string(configuration.specialTokens["unk_token"] ?? "[UNK]"),
                    "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                ],
                normalizer: [
                    "type": "BertNormalizer", "clean_text": true, "strip_accents": stripsAccents,
                    "handle_chinese_chars": .bool(settings.bool("tokenize_chinese_chars") ?? true),
                    "lowercase": .bool(settings.bool("do_lower_case") ?? true),
                ],
                preTokenizer: ["type": "BertPreTokenizer"],
                postProcessor: ComponentJSON.template(
                    [cls, "$A", sep],
                    [(cls, 0), ("$A", 0), (sep, 0), ("$B", 1), (sep, 1)],
                    [cls: clsID, sep: sepID]
                ),
                decoder: ["type": "WordPiece", "prefix": "##", "cleanup": true]
            ),
            tables: ModelTables(vocabulary: vocabulary)
        )
    }

    /// The text and number of a named special token; one that the vocabulary lacks has the number of an added token.
    private static func special(
        _ name: String,
        _ configuration: TokenizerConfiguration,
        _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> (content: String, id: Int32) {
        let added = try AddedVocabulary(configuration.addedTokens, vocabulary: vocabulary, normalizer: nil)
        guard let content = configuration.specialTokens[name], let id = added.id(Array(content.utf8)) else {
            throw .invalidModelFile(path: "tokenizer_config.json", reason: "\(name) is no token")
        }
        return (content, id.rawValue)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let table = ScalarClasses.shared
        var end = line.endIndex
        while end > line.startIndex {
            var start = end - 1
            while start > line.startIndex, line[start] & 0xC0 == 0x80 { start -= 1 }
            let (scalar, _) = decodeScalar(Array(line[start..<end]), 0)
            if table.bit(scalar) & table.whitespace == 0 { break }
            end = start
        }
        return line[..<end]
    }

    private static func checkUTF8(_ bytes: [UInt8], _ name: String) throws(TokenizerError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let offset = error.byteOffsets.lowerBound
            throw .invalidModelFile(path: name, reason: "it is not UTF-8 at byte \(offset)")
        }
    }

    private static func forEachLine(
        _ bytes: [UInt8],
        _ body: (ArraySlice<UInt8>) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = bytes[start..<end]
            try body(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            start = end + 1
        }
    }
}

extension TokenizerFile {
    /// What the reference makes of a file of tiktoken.
    ///
    /// - Throws: `TokenizerError` for a malformed file.
    init(tiktoken bytes: [UInt8], path: String, _ settings: FolderSettings) throws(TokenizerError) {
        let tables = try TiktokenFile.tables(bytes, path: path)
        let isQwen = settings.tokenizerClass == "QWenTokenizer"
        let pattern = isQwen ? SplitPatterns.qwen2 : path.contains("o200k") ? SplitPatterns.o200k : SplitPatterns.cl100k
        let first = tables.vocabulary.upperBound
        var specials: [Int: String] = [:]
        if isQwen {
            let names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + (0..<205).map { "<|extra_\($0)|>" }
            for (index, name) in names.enumerated() { specials[first + index] = name }
        }
        specials.merge(settings.addedTokens.filter { $0.key >= first }) { $1 }
        // numbers between are taken, so that those that follow keep theirs
        let last = min(specials.keys.max() ?? 0, first + Self.addedTokenLimit)
        let added = (first..<max(last + 1, first)).map { id in
            let content = specials[id] ?? "<|reserved_token_\(id)|>"
            return ComponentJSON.addedToken(id, Array(content.utf8)[...], isSpecial: true)
        }
        self.init(
            json: ComponentJSON.file(
                model: ComponentJSON.bpe(ignoresMerges: true),
                normalizer: isQwen ? ["type": "NFC"] : nil,
                preTokenizer: ComponentJSON.byteLevelPieces([pattern]),
                decoder: ComponentJSON.byteLevel(),
                addedTokens: added
            ),
            tables: tables
        )
    }

    /// The most tokens that are added to those of a file.
    private static let addedTokenLimit = 100_000
}
