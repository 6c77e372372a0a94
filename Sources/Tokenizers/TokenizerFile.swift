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
        vocabularyRange = scanner.vocabulary
        mergesRange = scanner.merges
        var rest = bytes
        for range in [scanner.vocabulary, scanner.merges].compactMap({ $0 }) {
            // a number in the value's place, and spaces, so that positions in messages stay true
            for index in range where rest[index] != UInt8(ascii: "\n") { rest[index] = UInt8(ascii: " ") }
            rest[range.lowerBound] = UInt8(ascii: "0")
        }
        do {
            json = try JSONParser.parse(rest)
        } catch {
            throw .invalidJSON(file: "tokenizer.json", error: error)
        }
    }

    /// The model's tokens.
    func vocabulary() throws(TokenizerError) -> Vocabulary {
        guard let range = vocabularyRange, bytes[range.lowerBound] == UInt8(ascii: "{") else {
            if json["model"]?["vocab"] == nil { throw .missingField(path: "model.vocab") }
            throw .invalidField(path: "model.vocab", expected: "an object")
        }
        var reader = JSONCursor(bytes, range)
        var vocabulary = Vocabulary(capacity: reader.elementCount())
        try reader.expect("{", "model.vocab")
        if reader.take("}") { return vocabulary }
        repeat {
            let token = try reader.string("model.vocab")
            try reader.expect(":", "model.vocab")
            let id = try reader.integer("model.vocab")
            guard (0...Vocabulary.maximumID).contains(id) else {
                throw .invalidTokenID(token: String(decoding: token, as: UTF8.self), id: id)
            }
            vocabulary.insert(token.span, id: Int32(id))
        } while reader.take(",")
        try reader.expect("}", "model.vocab")
        return vocabulary
    }

    /// The merge rules: `"a b"` or `["a", "b"]`, ranked by their place.
    ///
    /// - Parameters:
    ///   - vocabulary: the model's tokens; both halves and the whole must be among them.
    ///   - prefixLength: how many bytes of the right half are not part of the whole.
    /// - Throws: `TokenizerError` for a rule that is malformed or needs a token that is not there.
    /// - Returns: the rules.
    func merges(vocabulary: Vocabulary, prefixLength: Int) throws(TokenizerError) -> MergeTable {
        guard let range = mergesRange else {
            if json["model"]?["merges"] == nil { throw .missingField(path: "model.merges") }
            throw .invalidField(path: "model.merges", expected: "an array")
        }
        var reader = JSONCursor(bytes, range)
        let capacity = reader.elementCount()
        var table = MergeTable(capacity: capacity)
        try reader.expect("[", "model.merges")
        if reader.take("]") { return table }
        var index = 0
        repeat {
            let (left, right) = try mergeHalves(&reader)
            let tail = right.dropFirst(prefixLength)
            guard let leftID = vocabulary.id(left.span), let rightID = vocabulary.id(right.span),
                let wholeID = vocabulary.id(left.span, tail.span)
            else {
                let missing = [left, right, left + tail].first { vocabulary.id($0.span) == nil } ?? left
                throw .unknownMergeToken(index: index, token: String(decoding: missing, as: UTF8.self))
            }
            table.append(leftID, rightID, id: wholeID)
            index += 1
        } while index < capacity && reader.take(",")
        try reader.expect("]", "model.merges")
        return table
    }

    private func mergeHalves(
        _ reader: inout JSONCursor
    ) throws(TokenizerError) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        if reader.take("[") {
            let left = try reader.string("model.merges")
            try reader.expect(",", "model.merges")
            let right = try reader.string("model.merges")
            try reader.expect("]", "model.merges")
            return (left, right)
        }
        let both = try reader.string("model.merges")
        let space = UInt8(ascii: " ")
        guard let gap = both.firstIndex(of: space), !both[(gap + 1)...].contains(space) else {
            throw .invalidField(
                path: "model.merges",
                expected: "rules of two tokens, unlike that before byte \(reader.position)"
            )
        }
        return (both[..<gap], both[(gap + 1)...])
    }
}

/// Finds `model.vocab` and `model.merges` without building anything; tolerant, since the JSON parser checks the rest.
private struct JSONScanner {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var vocabulary: Range<Int>?
    private(set) var merges: Range<Int>?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func findLargeMembers() {
        var path: [Range<Int>] = []
        var expectsKey = false
        var key: Range<Int>?
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let start = position
                skipString()
                if expectsKey { key = (start + 1)..<max(position - 1, start + 1) }
                expectsKey = false
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if path.count == 2, isModel(path[1]), let key, note(key) { continue }
                path.append(key ?? 0..<0)
                if path.count > 64 { return }
                expectsKey = bytes[position] == UInt8(ascii: "{")
                key = nil
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if path.popLast() == nil { return }
                position += 1
            case UInt8(ascii: ","):
                expectsKey = path.count <= 2
                position += 1
            default:
                position += 1
            }
        }
    }

    private func isModel(_ key: Range<Int>) -> Bool { bytes[key].elementsEqual("model".utf8) }

    /// Skips the value of `vocab`, and that of `merges` when it is an array.
    private mutating func note(_ key: Range<Int>) -> Bool {
        let start = position
        if bytes[key].elementsEqual("vocab".utf8) {
            guard skipValue() else { return false }
            vocabulary = start..<position
        } else if bytes[key].elementsEqual("merges".utf8), bytes[position] == UInt8(ascii: "[") {
            guard skipValue() else { return false }
            merges = start..<position
        } else {
            return false
        }
        return true
    }

    /// Skips an object or array; on a text that ends inside it the position stays.
    private mutating func skipValue() -> Bool {
        let start = position
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 {
                    position += 1
                    return true
                }
            default: break
            }
            position += 1
        }
        position = start
        return false
    }

    private mutating func skipString() {
        position += 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        position = min(position, bytes.count)
    }
}
