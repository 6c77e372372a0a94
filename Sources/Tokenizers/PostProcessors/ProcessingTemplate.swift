import MartletJSON

/// The order of texts and special tokens in a result, for one text and for two.
struct ProcessingTemplate: Sendable {
    /// One part of the result.
    enum Piece: Sendable {
        case first(typeID: Int32)
        case second(typeID: Int32)
        case special([TokenID], typeID: Int32)

        /// Whether it is there only with special tokens.
        var isSpecial: Bool { if case .special = self { true } else { false } }
    }

    private var single: [Piece]
    private var pair: [Piece]

    /// The tokens around a text that `add_bos_token` and `add_eos_token` ask for.
    init(bos: TokenID?, eos: TokenID?) {
        func around(_ piece: (Int32) -> Piece, _ typeID: Int32) -> [Piece] {
            let before = bos.map { [Piece.special([$0], typeID: typeID)] } ?? []
            let after = eos.map { [Piece.special([$0], typeID: typeID)] } ?? []
            return before + [piece(typeID)] + after
        }
        single = around(Piece.first, 0)
        pair = single + around(Piece.second, 1)
    }

    /// The template that the component describes.
    init(_ reader: ComponentReader) throws(TokenizerError) {
        single = try Self.pieces("single", reader)
        pair = try Self.pieces("pair", reader)
    }

    private static func pieces(_ key: String, _ reader: ComponentReader) throws(TokenizerError) -> [Piece] {
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
                for value in values { ids.append(try PostProcessor.tokenID(value, path)) }
                pieces.append(.special(ids, typeID: Int32(try special.count("type_id", default: 0))))
            } else {
                throw .invalidField(path: part.path, expected: "a Sequence or a SpecialToken")
            }
        }
        return pieces
    }

    /// The pieces for one text or for two.
    func pieces(_ count: Int) -> [Piece] { count == 1 ? single : pair }

    /// How many tokens are put around one text or two.
    func addedCount(isPair: Bool) -> Int {
        (isPair ? pair : single).reduce(0) { count, piece in
            if case .special(let ids, _) = piece { count + ids.count } else { count }
        }
    }

    /// The parts in the template's order with its special tokens, where those are wanted.
    func apply(to parts: [PostProcessor.Part], _ addsSpecialTokens: Bool) -> [PostProcessor.Part] {
        pieces(parts.count).compactMap { piece in
            switch piece {
            case .first(let typeID): parts.first.map { .init($0.ids, typeID: typeID) }
            case .second(let typeID): parts.count > 1 ? .init(parts[1].ids, typeID: typeID) : nil
            case .special(let ids, let typeID): addsSpecialTokens ? .init(ids, typeID: typeID) : nil
            }
        }
    }
}
