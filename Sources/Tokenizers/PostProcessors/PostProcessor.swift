import MartletJSON

/// What is put around the tokens of one text or of two: every `post_processor` in `tokenizer.json` as a template.
///
/// A further kind is one more arm in `init`.
struct PostProcessor: Sendable {
    /// One part of the result.
    enum Piece: Sendable {
        case first(typeID: Int32)
        case second(typeID: Int32)
        case special([TokenID], typeID: Int32)
    }

    private var single: [Piece] = [.first(typeID: 0)]
    private var pair: [Piece] = [.first(typeID: 0), .second(typeID: 1)]
    private var isTemplate = false

    /// Nothing around one text, one after the other for two.
    init() {}

    /// The tokens around a text that `add_bos_token` and `add_eos_token` ask for.
    init(bos: TokenID?, eos: TokenID?) {
        func around(_ piece: (Int32) -> Piece, _ typeID: Int32) -> [Piece] {
            let before = bos.map { [Piece.special([$0], typeID: typeID)] } ?? []
            let after = eos.map { [Piece.special([$0], typeID: typeID)] } ?? []
            return before + [piece(typeID)] + after
        }
        single = around(Piece.first, 0)
        pair = single + around(Piece.second, 1)
        isTemplate = true
    }

    /// The template that the component describes.
    init(_ reader: ComponentReader) throws(TokenizerError) {
        let type = try reader.type()
        switch type {
        case "ByteLevel": break
        case "TemplateProcessing": try readTemplate(reader)
        case "RobertaProcessing":
            let (cls, sep) = try Self.affixes(reader)
            single = [cls, .first(typeID: 0), sep]
            pair = [cls, .first(typeID: 0), sep, sep, .second(typeID: 0), sep]
            isTemplate = true
        case "BertProcessing":
            let (cls, sep) = try Self.affixes(reader)
            let lastSep = try Self.affix("sep", typeID: 1, reader)
            single = [cls, .first(typeID: 0), sep]
            pair = [cls, .first(typeID: 0), sep, .second(typeID: 1), lastSep]
            isTemplate = true
        case "Sequence":
            for part in try reader.components("processors") {
                let processor = try PostProcessor(part)
                if processor.isTemplate, isTemplate {
                    throw .unsupportedSetting(path: reader.path, value: "several templates")
                }
                if processor.isTemplate { self = processor }
            }
        default: throw reader.unsupported("post-processor", type)
        }
    }

    private static func affixes(_ reader: ComponentReader) throws(TokenizerError) -> (Piece, Piece) {
        (try affix("cls", typeID: 0, reader), try affix("sep", typeID: 0, reader))
    }

    private static func affix(_ key: String, typeID: Int32, _ reader: ComponentReader) throws(TokenizerError) -> Piece {
        .special([try tokenID(reader.value[key]?[1], "\(reader.path).\(key)[1]")], typeID: typeID)
    }

    private static func tokenID(_ value: JSONValue?, _ path: String) throws(TokenizerError) -> TokenID {
        guard let id = value?.integer, (0...Vocabulary.maximumID).contains(id) else {
            throw .invalidField(path: path, expected: "a token id")
        }
        return TokenID(Int32(id))
    }

    private mutating func readTemplate(_ reader: ComponentReader) throws(TokenizerError) {
        single = try pieces("single", reader)
        pair = try pieces("pair", reader)
        isTemplate = true
    }

    private func pieces(_ key: String, _ reader: ComponentReader) throws(TokenizerError) -> [Piece] {
        var pieces: [Piece] = []
        for part in try reader.components(key) {
            if let sequence = part.component("Sequence") {
                let typeID = Int32(try sequence.count("type_id", default: 0))
                switch try sequence.string("id") {
                case "A": pieces.append(.first(typeID: typeID))
                case "B" where key == "pair": pieces.append(.second(typeID: typeID))
                default: throw .invalidField(path: "\(sequence.path).id", expected: "A or, in a pair, B")
                }
            } else if let special = part.component("SpecialToken") {
                let name = try special.string("id")
                let path = "\(reader.path).special_tokens.\(name).ids"
                guard let values = reader.value["special_tokens"]?[name]?["ids"]?.array else {
                    throw .missingField(path: path)
                }
                var ids: [TokenID] = []
                for value in values { ids.append(try Self.tokenID(value, path)) }
                pieces.append(.special(ids, typeID: Int32(try special.count("type_id", default: 0))))
            } else {
                throw .invalidField(path: part.path, expected: "a Sequence or a SpecialToken")
            }
        }
        return pieces
    }

    /// The tokens of one text with what belongs around them.
    func process(_ ids: [TokenID]) -> [TokenID] {
        if single.count == 1, case .first = single[0] { return ids }
        return assemble(single, ids, []).map(\.id)
    }

    /// The tokens of two texts with what belongs around them, each with its type.
    func process(_ first: [TokenID], _ second: [TokenID]) -> [(id: TokenID, typeID: Int32)] {
        assemble(pair, first, second)
    }

    private func assemble(
        _ pieces: [Piece],
        _ first: [TokenID],
        _ second: [TokenID]
    ) -> [(id: TokenID, typeID: Int32)] {
        pieces.flatMap { piece in
            switch piece {
            case .first(let typeID): first.map { ($0, typeID) }
            case .second(let typeID): second.map { ($0, typeID) }
            case .special(let ids, let typeID): ids.map { ($0, typeID) }
            }
        }
    }
}
