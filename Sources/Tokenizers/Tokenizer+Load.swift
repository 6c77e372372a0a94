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

    /// The tokenizer of a model folder: `tokenizer.json`, and `tokenizer_config.json` and `special_tokens_map.json`
    /// where they are there.
    ///
    /// - Parameter folder: the folder's path.
    /// - Throws: `TokenizerError` with the file and the reason.
    public convenience init(folder: String) throws(TokenizerError) {
        guard let bytes = try Self.read("\(folder)/tokenizer.json") else {
            throw .unreadableFile(path: "\(folder)/tokenizer.json", reason: "there is no such file")
        }
        let configuration = TokenizerConfiguration(
            configuration: try Self.json(folder, "tokenizer_config.json"),
            specialTokensMap: try Self.json(folder, "special_tokens_map.json")
        )
        try self.init(bytes: bytes, configuration: configuration)
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
