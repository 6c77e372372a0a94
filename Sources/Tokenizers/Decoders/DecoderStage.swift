/// A stage on the way of a single token's text.
enum DecoderStage: Sendable {
    /// Replaces the pattern's matches.
    case replace(Pattern, with: [UInt8])
    /// `<0xNN>` are bytes; a run of them is text when it is valid UTF-8 as a whole, else a U+FFFD per byte.
    case byteFallback
    /// The visible character is a space; at the very beginning it is nothing.
    case metaspace(replacement: [UInt8], dropsFirst: Bool)
    /// Takes a character away at both ends.
    case strip(DecoderStrip)
    /// A space between tokens.
    case spaces
    /// A space before tokens without the prefix of those that continue a word.
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    /// The suffix of tokens that end a word is a space, and nothing in the last token.
    case wordEnd(suffix: [UInt8])
    /// Of equal tokens in a row one counts; the padding token is nothing, the delimiter is a space.
    case connectionist(padding: [UInt8], delimiter: [UInt8], cleansUp: Bool)

    /// The stage that the component describes; `nil` for a type that is none.
    init?(_ reader: ComponentReader, _ type: String) throws(TokenizerError) {
        switch type {
        case "ByteFallback": self = .byteFallback
        case "Replace": self = .replace(try reader.pattern(), with: Array(try reader.string("content").utf8))
        case "Metaspace":
            let metaspace = try Metaspace(reader)
            self = .metaspace(replacement: metaspace.replacement, dropsFirst: metaspace.prependScheme != .never)
        case "Strip": self = .strip(try DecoderStrip(reader))
        case "WordPiece":
            self = .wordPiece(
                prefix: Array(try reader.string("prefix").utf8),
                cleansUp: try reader.bool("cleanup", default: true)
            )
        case "BPEDecoder":
            self = .wordEnd(suffix: try Self.mark("suffix", reader))
        case "CTC":
            self = .connectionist(
                padding: Array(try reader.string("pad_token").utf8),
                delimiter: try Self.mark("word_delimiter_token", reader),
                cleansUp: try reader.bool("cleanup", default: true)
            )
        default: return nil
        }
    }

    private static func mark(_ key: String, _ reader: ComponentReader) throws(TokenizerError) -> [UInt8] {
        let text = try reader.string(key)
        guard !text.isEmpty else {
            throw .invalidField(path: "\(reader.path).\(key)", expected: "a string that is not empty")
        }
        return Array(text.utf8)
    }

    /// The byte that `<0xNN>` means.
    static func fallbackByte(_ token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">"),
            token[3] != UInt8(ascii: "-")
        else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }

    /// What the stage makes of a token's text by itself.
    func map(_ token: [UInt8], isFirst: Bool) -> [UInt8] {
        let space = UInt8(ascii: " ")
        switch self {
        case .replace(let pattern, let content): return pattern.replacing(in: token, with: content)
        case .metaspace(let replacement, let dropsFirst):
            return token.replacing(replacement, with: isFirst && dropsFirst ? [] : [space])
        case .strip(let strip): return strip.apply(to: token)
        case .spaces: return isFirst ? token : [space] + token
        case .wordPiece(let prefix, let cleansUp):
            var text = token
            if !isFirst {
                if text.starts(with: prefix) { text.removeFirst(prefix.count) } else { text.insert(space, at: 0) }
            }
            return cleansUp ? Self.cleanedUp(text) : text
        case .wordEnd(let suffix): return token.replacing(suffix, with: [space])
        case .connectionist(let padding, let delimiter, let cleansUp):
            let text = padding.isEmpty ? token : token.replacing(padding, with: [])
            return cleansUp ? Self.cleanedUp(text).replacing(delimiter, with: [space]) : text
        case .byteFallback: return token
        }
    }

    /// English without the spaces that tokens put before punctuation and contractions.
    private static func cleanedUp(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(UInt8(ascii: " ")) else { return text }
        return cleanups.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    private static let cleanups: [([UInt8], [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
}

/// What is taken away at the ends of a text.
struct DecoderStrip: Sendable {
    /// The character, as UTF-8.
    let content: [UInt8]
    /// At most so many at the beginning.
    let start: Int
    /// At most so many at the end.
    let stop: Int

    init(_ reader: ComponentReader) throws(TokenizerError) {
        content = Array(String(try reader.character("content", default: " ")).utf8)
        start = try reader.count("start", default: 0)
        stop = try reader.count("stop", default: 0)
    }

    /// The text without what is taken away.
    func apply(to bytes: [UInt8]) -> [UInt8] {
        var begin = 0
        var count = 0
        while count < start, bytes[begin...].starts(with: content) {
            begin += content.count
            count += 1
        }
        return Array(bytes[begin..<(bytes.count - trailingCount(bytes[begin...]))])
    }

    /// How many bytes are taken away at the end.
    func trailingCount(_ bytes: ArraySlice<UInt8>) -> Int {
        var length = 0
        var count = 0
        while count < stop, bytes.count - length >= content.count,
            bytes.dropLast(length).suffix(content.count).elementsEqual(content)
        {
            length += content.count
            count += 1
        }
        return length
    }
}

extension [UInt8] {
    /// The bytes with every occurrence of some others, which are not empty, replaced.
    func replacing(_ wanted: [UInt8], with replacement: [UInt8]) -> [UInt8] {
        guard let first = wanted.first, contains(first) else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var position = 0
        while position < count {
            if self[position] == first, self[position...].starts(with: wanted) {
                result += replacement
                position += wanted.count
            } else {
                result.append(self[position])
                position += 1
            }
        }
        return result
    }
}
