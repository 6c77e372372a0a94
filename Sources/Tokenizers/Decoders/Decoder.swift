/// How token texts become text again: the `decoder` of `tokenizer.json` as stages that work on a growing sequence.
///
/// Whole and incremental decoding are the same stages, so that pieces add up to the whole. A decoder is sections; each
/// has stages that take a token's text and hand on token texts, a join, and one trim of the joined text. What a section
/// leaves is a single token for the next one, which therefore has to wait for the end of the text; nearly all decoders
/// are one section. A further kind is one more case of `DecoderStage` and its arms there and in `SectionState`.
struct Decoder: Sendable {
    /// The most components a decoder may have.
    private static let limit = 64

    /// Stages up to a join.
    struct Section: Sendable {
        /// What happens to each token's text, in order.
        var stages: [DecoderStage] = []
        /// Whether token texts are GPT-2's stand-ins for bytes, whose join may not be valid UTF-8.
        var isByteLevel = false
        /// What is taken away from the joined text.
        var strip: DecoderStrip?
        fileprivate var isJoined = false
    }

    /// At least one.
    private(set) var sections = [Section()]

    /// The decoder that the component describes; without one, tokens are joined by spaces.
    init(_ reader: ComponentReader?) throws(TokenizerError) {
        guard let reader else {
            sections[0].stages = [.spaces]
            return
        }
        var count = 0
        try add(reader, &count)
    }

    private mutating func add(_ reader: ComponentReader, _ count: inout Int) throws(TokenizerError) {
        count += 1
        guard count <= Self.limit else {
            throw .invalidField(path: reader.path, expected: "one of at most \(Self.limit) decoders")
        }
        let type = try reader.type()
        switch type {
        case "Sequence": for part in try reader.components("decoders") { try add(part, &count) }
        case "Fuse": sections[sections.count - 1].isJoined = true
        case "ByteLevel":
            openSection()
            sections[sections.count - 1].isByteLevel = true
            sections[sections.count - 1].isJoined = true
        case "Strip" where sections[sections.count - 1].isJoined && sections[sections.count - 1].strip == nil:
            sections[sections.count - 1].strip = try DecoderStrip(reader)
        default:
            guard let stage = try DecoderStage(reader, type) else { throw reader.unsupported("decoder", type) }
            openSection()
            sections[sections.count - 1].stages.append(stage)
        }
    }

    /// After a join, what follows is a section of its own.
    private mutating func openSection() {
        if sections[sections.count - 1].isJoined { sections.append(Section()) }
    }

    /// The bytes that one token's text stands for within a text.
    func bytes(of token: ArraySlice<UInt8>) -> [UInt8] {
        guard let section = sections.first else { return Array(token) }
        if section.isByteLevel, section.stages.isEmpty {
            return ByteLevelAlphabet.shared.decode(token) ?? Array(token)
        }
        var bytes = Array(token)
        for stage in section.stages {
            if case .byteFallback = stage {
                if let byte = DecoderStage.fallbackByte(bytes) { return [byte] }
            } else if case .strip = stage {
                continue
            } else {
                bytes = stage.map(bytes, isFirst: false)
            }
        }
        return bytes
    }
}
