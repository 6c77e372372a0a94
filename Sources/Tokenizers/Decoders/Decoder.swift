/// How token texts become text again: the `decoder` of `tokenizer.json` as stages that work on a growing sequence.
///
/// Whole and incremental decoding are the same stages, so that pieces add up to the whole. A decoder is stages that each
/// take a token's text and hand on token texts, a join, and one trim of the joined text. A further kind is one more case
/// of `TokenStage`, its arm in `add` and its arm in `DecoderState.advance`.
struct Decoder: Sendable {
    /// A stage on the way of a single token's text.
    enum TokenStage: Sendable {
        /// Replaces the pattern's matches.
        case replace(Pattern, with: [UInt8])
        /// `<0xNN>` are bytes; a run of them is text when it is valid UTF-8 as a whole, else a U+FFFD per byte.
        case byteFallback
        /// The visible character is a space; at the very beginning it is nothing.
        case metaspace(replacement: [UInt8], dropsFirst: Bool)
        /// Takes a character away at both ends.
        case strip(Strip)
        /// A space between tokens.
        case spaces
    }

    /// What is taken away at the ends of a text.
    struct Strip: Sendable {
        /// The character, as UTF-8.
        var content: [UInt8]
        /// At most so many at the beginning.
        var start: Int
        /// At most so many at the end.
        var stop: Int
    }

    private(set) var stages: [TokenStage] = []
    /// Whether token texts are GPT-2's stand-ins for bytes, whose join may not be valid UTF-8.
    private(set) var isByteLevel = false
    /// What is taken away from the joined text.
    private(set) var strip: Strip?
    private var isJoined = false

    /// The decoder that the component describes; without one, tokens are joined by spaces.
    init(_ reader: ComponentReader?) throws(TokenizerError) {
        guard let reader else {
            stages = [.spaces]
            return
        }
        try add(reader)
    }

    private mutating func add(_ reader: ComponentReader) throws(TokenizerError) {
        let type = try reader.type()
        if isJoined, !["Strip", "Fuse", "Sequence"].contains(type) || strip != nil {
            throw reader.unsupported("decoder", "\(type) after the tokens are joined")
        }
        switch type {
        case "ByteLevel":
            isByteLevel = true
            isJoined = true
        case "Fuse": isJoined = true
        case "ByteFallback": stages.append(.byteFallback)
        case "Replace":
            stages.append(.replace(try reader.pattern(), with: Array(try reader.string("content").utf8)))
        case "Metaspace":
            let metaspace = try Metaspace(reader)
            let dropsFirst = metaspace.prependScheme != .never
            stages.append(.metaspace(replacement: metaspace.replacement, dropsFirst: dropsFirst))
        case "Strip":
            let strip = Strip(
                content: Array(String(try reader.character("content", default: " ")).utf8),
                start: try reader.count("start", default: 0),
                stop: try reader.count("stop", default: 0)
            )
            if isJoined { self.strip = strip } else { stages.append(.strip(strip)) }
        case "Sequence":
            for part in try reader.components("decoders") { try add(part) }
        default: throw reader.unsupported("decoder", type)
        }
    }

    /// The bytes that one token's text stands for within a text.
    func bytes(of token: ArraySlice<UInt8>) -> [UInt8] {
        if isByteLevel { return ByteLevelAlphabet.shared.decode(token) ?? Array(token) }
        var bytes = Array(token)
        for stage in stages {
            switch stage {
            case .byteFallback:
                if let byte = Self.fallbackByte(bytes) { return [byte] }
            case .replace, .metaspace: bytes = Self.map(bytes, stage, isFirst: false)
            case .strip, .spaces: break
            }
        }
        return bytes
    }

    /// The byte that `<0xNN>` means.
    static func fallbackByte(_ token: [UInt8]) -> UInt8? {
        guard token.count == 6, token[0] == UInt8(ascii: "<"), token[1] == UInt8(ascii: "0"),
            token[2] == UInt8(ascii: "x"), token[5] == UInt8(ascii: ">")
        else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }

    /// What a stage without memory makes of a token's text.
    static func map(_ token: [UInt8], _ stage: TokenStage, isFirst: Bool) -> [UInt8] {
        switch stage {
        case .replace(let pattern, let content):
            var result: [UInt8] = []
            pattern.forEachPiece(token, 0..<token.count) { range, isMatch in
                if isMatch { result += content } else { result += token[range] }
            }
            return result
        case .metaspace(let replacement, let dropsFirst):
            var result: [UInt8] = []
            var position = 0
            while position < token.count {
                let length = decodeScalar(token, position).length
                if token[position..<(position + length)].elementsEqual(replacement) {
                    if !isFirst || !dropsFirst { result.append(UInt8(ascii: " ")) }
                } else {
                    result += token[position..<(position + length)]
                }
                position += length
            }
            return result
        case .strip(let strip): return strip.apply(to: token)
        case .spaces: return isFirst ? token : [UInt8(ascii: " ")] + token
        case .byteFallback: return token
        }
    }
}

extension Decoder.Strip {
    /// The text without what is taken away.
    func apply(to bytes: [UInt8]) -> [UInt8] {
        var begin = 0
        for _ in 0..<start where bytes[begin...].starts(with: content) { begin += content.count }
        var end = bytes.count
        for _ in 0..<stop
        where end - begin >= content.count && bytes[(end - content.count)..<end].elementsEqual(content) {
            end -= content.count
        }
        return Array(bytes[begin..<end])
    }
}
