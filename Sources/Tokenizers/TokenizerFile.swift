import MartletJSON

/// The text of a `tokenizer.json`, with the two large members set aside.
///
/// The vocabulary and the merge rules make up nearly all of the file. They are read straight from its bytes into flat
/// tables; everything else goes through the JSON parser.
struct TokenizerFile {
    /// The bytes as they are in the file.
    let bytes: [UInt8]
    /// The file without the contents of `model.vocab` and `model.merges`.
    let json: JSONValue
    /// Where the value of `model.vocab` lies, when it is an object or an array.
    let vocabularyRange: Range<Int>?
    /// Where the value of `model.merges` lies, when it is an array.
    let mergesRange: Range<Int>?
    /// The model's tables, where they come from another file.
    let tables: ModelTables?

    /// Components that other files describe, with the tables from those.
    init(json: JSONValue, tables: ModelTables) {
        bytes = []
        self.json = json
        vocabularyRange = nil
        mergesRange = nil
        self.tables = tables
    }

    init(_ bytes: [UInt8]) throws(TokenizerError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let offset = error.byteOffsets.lowerBound
            throw .invalidField(path: "the file", expected: "UTF-8, unlike byte \(offset)")
        }
        var scanner = JSONScanner(bytes)
        scanner.findLargeMembers()
        self.bytes = bytes
        tables = nil
        vocabularyRange = scanner.vocabulary
        mergesRange = scanner.merges
        let ranges = [scanner.vocabulary, scanner.merges].compactMap { $0 }.sorted { $0.lowerBound < $1.lowerBound }
        json = try Self.parse(bytes, without: ranges)
    }

    /// Parses the file with a number in each range's place.
    private static func parse(_ bytes: [UInt8], without ranges: [Range<Int>]) throws(TokenizerError) -> JSONValue {
        let zero = UInt8(ascii: "0")
        var rest: [UInt8] = []
        var start = 0
        for range in ranges {
            rest += bytes[start..<range.lowerBound]
            rest.append(zero)
            start = range.upperBound
        }
        rest += bytes[start...]
        if let json = try? JSONParser.parse(rest) { return json }
        // once more with spaces in the ranges, so that the position in the message is that in the file
        var blanked = bytes
        for range in ranges {
            for index in range where blanked[index] != UInt8(ascii: "\n") { blanked[index] = UInt8(ascii: " ") }
            blanked[range.lowerBound] = zero
        }
        do {
            return try JSONParser.parse(blanked)
        } catch {
            throw .invalidJSON(file: "tokenizer.json", error: error)
        }
    }

    /// The model's tokens.
    func vocabulary() throws(TokenizerError) -> Vocabulary {
        if let tables { return tables.vocabulary }
        guard let range = vocabularyRange, bytes[range.lowerBound] == UInt8(ascii: "{") else {
            if json["model"]?["vocab"] == nil { throw .missingField(path: "model.vocab") }
            throw .invalidField(path: "model.vocab", expected: "an object")
        }
        return try Self.vocabulary(bytes, range, path: "model.vocab")
    }

    /// The tokens of an object of texts and numbers.
    static func vocabulary(_ bytes: [UInt8], _ range: Range<Int>, path: String) throws(TokenizerError) -> Vocabulary {
        var reader = JSONCursor(bytes, range)
        var vocabulary = VocabularyBuilder(capacity: range.count / 20)
        try reader.expect("{", path)
        if reader.take("}") { return vocabulary.build() }
        repeat {
            try vocabulary.append { arena throws(TokenizerError) in
                let start = arena.count
                try reader.appendString(to: &arena, path)
                try reader.expect(":", path)
                let id = try reader.integer(path)
                guard (0...Vocabulary.maximumID).contains(id) else {
                    throw .invalidTokenID(token: String(decoding: arena[start...], as: UTF8.self), id: id)
                }
                return Int32(id)
            }
        } while reader.take(",")
        try reader.expect("}", path)
        return vocabulary.build()
    }

    /// The merge rules: `"a b"` or `["a", "b"]`, ranked by their place.
    ///
    /// - Parameters:
    ///   - vocabulary: the model's tokens; both halves and the whole must be among them.
    ///   - prefixLength: how many bytes of the right half are not part of the whole.
    /// - Throws: `TokenizerError` for a rule that is malformed or needs a token that is not there.
    /// - Returns: the rules.
    func merges(vocabulary: Vocabulary, prefixLength: Int) throws(TokenizerError) -> MergeTable {
        if let merges = tables?.merges { return merges }
        guard let range = mergesRange else {
            if json["model"]?["merges"] == nil { throw .missingField(path: "model.merges") }
            throw .invalidField(path: "model.merges", expected: "an array")
        }
        var reader = JSONCursor(bytes, range)
        var rules = MergeRuleReader(vocabulary: vocabulary, prefixLength: prefixLength, capacity: range.count / 12)
        try reader.expect("[", "model.merges")
        if reader.take("]") { return try rules.finish() }
        repeat {
            try rules.append { texts throws(TokenizerError) in try appendHalves(&reader, to: &texts) }
        } while reader.take(",")
        try reader.expect("]", "model.merges")
        return try rules.finish()
    }

    /// Appends both halves of a rule and returns the length of the left one.
    private func appendHalves(_ reader: inout JSONCursor, to texts: inout [UInt8]) throws(TokenizerError) -> Int {
        let start = texts.count
        if reader.take("[") {
            try reader.appendString(to: &texts, "model.merges")
            let middle = texts.count
            try reader.expect(",", "model.merges")
            try reader.appendString(to: &texts, "model.merges")
            try reader.expect("]", "model.merges")
            return middle - start
        }
        try reader.appendString(to: &texts, "model.merges")
        let space = UInt8(ascii: " ")
        var gap: Int?
        for index in start..<texts.count where texts[index] == space {
            if gap != nil { throw malformedRule(reader) }
            gap = index
        }
        guard let gap else { throw malformedRule(reader) }
        texts.remove(at: gap)
        return gap - start
    }

    private func malformedRule(_ reader: JSONCursor) -> TokenizerError {
        .invalidField(
            path: "model.merges",
            expected: "rules of two tokens, unlike that before byte \(reader.position)"
        )
    }
}
