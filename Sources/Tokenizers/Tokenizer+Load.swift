import MartletJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Tokenizer {
    /// The most bytes a tokenizer's file may have.
    private static let byteLimit = 1 << 29

    /// The tokenizer of a model folder.
    ///
    /// It is read from the first of these that is there: `tokenizer.json`; a SentencePiece model or tiktoken's ranks in
    /// `tokenizer.model`, `spiece.model`, `sentencepiece.bpe.model` or `tiktoken.model`; a file that ends in `.tiktoken`;
    /// `vocab.json` with `merges.txt`; `vocab.txt`. `tokenizer_config.json`, `special_tokens_map.json` and `config.json`
    /// say how, where they are there.
    ///
    /// - Parameter folder: the folder's path.
    /// - Throws: `TokenizerError` with the file and the reason.
    public convenience init(folder: String) throws(TokenizerError) {
        let configurationJSON = try Self.json(folder, "tokenizer_config.json")
        var configuration = TokenizerConfiguration(
            configuration: configurationJSON,
            specialTokensMap: try Self.json(folder, "special_tokens_map.json")
        )
        if let bytes = try Self.read("\(folder)/tokenizer.json") {
            try self.init(bytes: bytes, configuration: configuration)
            return
        }
        let settings = FolderSettings(
            configuration: configurationJSON,
            modelConfiguration: try Self.json(folder, "config.json")
        )
        guard let file = try Self.file(folder, settings, &configuration) else {
            throw .unreadableFile(path: "\(folder)/tokenizer.json", reason: "there is no such file")
        }
        try self.init(file, configuration: configuration)
    }

    /// What the files other than `tokenizer.json` describe; `nil` where there are none.
    private static func file(
        _ folder: String,
        _ settings: FolderSettings,
        _ configuration: inout TokenizerConfiguration
    ) throws(TokenizerError) -> TokenizerFile? {
        for name in ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"] {
            let path = "\(folder)/\(name)"
            guard let bytes = try read(path) else { continue }
            if Self.isTiktoken(bytes) { return try TokenizerFile(tiktoken: bytes, path: path, settings) }
            let model = try SentencePieceModel(bytes, path: path)
            configuration.addDefaults(model)
            return TokenizerFile(model, settings)
        }
        let ranks = ["tiktoken.model"] + names(in: folder).filter { $0.hasSuffix(".tiktoken") }.sorted()
        for name in ranks {
            let path = "\(folder)/\(name)"
            if let bytes = try read(path) { return try TokenizerFile(tiktoken: bytes, path: path, settings) }
        }
        if let vocabulary = try read("\(folder)/vocab.json"), let merges = try read("\(folder)/merges.txt") {
            configuration.addDefaults(tokenizerClass: settings.tokenizerClass ?? "GPT2Tokenizer")
            return try TokenizerFile(
                vocabularyJSON: vocabulary,
                merges: merges,
                settings,
                configuration
            )
        }
        guard let vocabulary = try read("\(folder)/vocab.txt") else { return nil }
        configuration.addDefaults(tokenizerClass: settings.tokenizerClass ?? "BertTokenizer")
        return try TokenizerFile(
            vocabularyText: vocabulary,
            settings,
            configuration
        )
    }

    /// Whether the first line is a token in base64 and a rank.
    private static func isTiktoken(_ bytes: [UInt8]) -> Bool {
        let line = bytes.prefix(1 << 12).prefix { $0 != UInt8(ascii: "\n") }
        let parts = line.split(separator: UInt8(ascii: " "))
        return parts.count == 2 && Base64.decode(parts[0]) != nil
            && Int(String(decoding: parts[1], as: UTF8.self)) != nil
    }

    /// The names of the files of a folder; none where it cannot be read.
    private static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }

    private static func json(_ folder: String, _ name: String) throws(TokenizerError) -> JSONValue? {
        guard let bytes = try read("\(folder)/\(name)") else { return nil }
        do {
            // Python's reader, which wrote these files, allows numbers that are none
            return try JSONParser.parse(bytes, options: .init(allowsNonFiniteNumbers: true))
        } catch {
            throw .invalidJSON(file: "\(folder)/\(name)", error: error)
        }
    }

    /// The bytes of a file; `nil` when there is none.
    private static func read(_ path: String) throws(TokenizerError) -> [UInt8]? {
        func failure() -> TokenizerError {
            .unreadableFile(path: path, reason: unsafe String(cString: strerror(errno)))
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw failure()
        }
        defer { close(descriptor) }
        let length = Int(lseek(descriptor, 0, SEEK_END))
        guard length >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure() }
        guard length <= byteLimit else {
            throw .fileTooLarge(path: path, byteCount: length, limit: byteLimit)
        }
        var filled = 0
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            while filled < length, let base = buffer.baseAddress {
                let received = unsafe systemRead(descriptor, base + filled, length - filled)
                if received < 0, errno == EINTR { continue }
                failed = received < 0
                if received <= 0 { break }
                filled += received
            }
            count = filled
        }
        if failed { throw failure() }
        return bytes
    }
}
