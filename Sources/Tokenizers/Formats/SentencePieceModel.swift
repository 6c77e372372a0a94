/// The content of SentencePiece's `tokenizer.model`: pieces with their scores, and how text is normalized.
struct SentencePieceModel {
    /// The kinds of models that are read.
    enum Kind {
        case unigram
        case bpe
    }

    /// What a piece is there for.
    enum PieceKind: UInt64 {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    /// One entry of the vocabulary.
    struct Piece {
        var text: ArraySlice<UInt8> = []
        var score: Float = 0
        var kind = PieceKind.normal
    }

    private(set) var pieces: [Piece] = []
    private(set) var kind = Kind.unigram
    private(set) var fallsBackToBytes = false
    private(set) var unknownID = 0
    private(set) var bosID = 1
    private(set) var eosID = 2
    private(set) var unknownPiece = "<unk>"
    private(set) var bosPiece = "<s>"
    private(set) var eosPiece = "</s>"
    private(set) var characterMap: ArraySlice<UInt8> = []
    private(set) var addsDummyPrefix = true
    private(set) var removesExtraSpaces = true
    private(set) var escapesSpaces = true

    /// The model that the bytes of a file are.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - path: its path, for messages.
    /// - Throws: `TokenizerError.invalidModelFile` where they are none.
    init(_ bytes: [UInt8], path: String) throws(TokenizerError) {
        func failure(_ reason: String) -> TokenizerError { .invalidModelFile(path: path, reason: reason) }
        var cursor = ProtobufCursor(bytes, bytes.indices)
        while !cursor.isAtEnd {
            let start = cursor.position
            guard let (number, value) = cursor.next() else { throw failure("no protobuf field at byte \(start)") }
            guard (1...3).contains(number) else { continue }
            guard case .bytes(let range) = value else { throw failure("no message in the field at byte \(start)") }
            switch number {
            case 1: pieces.append(try Self.piece(bytes, range, failure))
            case 2: try readTrainerSpec(bytes, range, failure)
            default: try readNormalizerSpec(bytes, range, failure)
            }
        }
        guard !pieces.isEmpty else { throw failure("it has no pieces") }
        guard pieces.count <= Vocabulary.maximumID else { throw failure("it has \(pieces.count) pieces") }
    }

    private static func piece(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ failure: (String) -> TokenizerError
    ) throws(TokenizerError) -> Piece {
        var piece = Piece()
        try forEachField(bytes, range, failure) { number, value in
            switch (number, value) {
            case (1, .bytes(let range)): piece.text = bytes[range]
            case (2, .bits32(let bits)): piece.score = Float(bitPattern: bits)
            case (3, .integer(let raw)): piece.kind = PieceKind(rawValue: raw) ?? .unused
            default: break
            }
        }
        guard String(validating: piece.text, as: UTF8.self) != nil else {
            throw failure("the piece before byte \(range.upperBound) is not UTF-8")
        }
        guard piece.score.isFinite else { throw failure("the piece before byte \(range.upperBound) has no score") }
        return piece
    }

    private mutating func readTrainerSpec(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ failure: (String) -> TokenizerError
    ) throws(TokenizerError) {
        var rawKind: UInt64 = 1
        try Self.forEachField(bytes, range, failure) { number, value in
            switch (number, value) {
            case (3, .integer(let raw)): rawKind = raw
            case (35, .integer(let flag)): fallsBackToBytes = flag != 0
            case (40, .integer(let id)): unknownID = Self.id(id)
            case (41, .integer(let id)): bosID = Self.id(id)
            case (42, .integer(let id)): eosID = Self.id(id)
            case (45, .bytes(let range)): unknownPiece = String(decoding: bytes[range], as: UTF8.self)
            case (46, .bytes(let range)): bosPiece = String(decoding: bytes[range], as: UTF8.self)
            case (47, .bytes(let range)): eosPiece = String(decoding: bytes[range], as: UTF8.self)
            default: break
            }
        }
        switch rawKind {
        case 1: kind = .unigram
        case 2: kind = .bpe
        default: throw failure("models of words or characters are not supported")
        }
    }

    /// A number that may be negative, which means that there is no such piece.
    private static func id(_ raw: UInt64) -> Int { Int(Int32(truncatingIfNeeded: raw)) }

    private mutating func readNormalizerSpec(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ failure: (String) -> TokenizerError
    ) throws(TokenizerError) {
        try Self.forEachField(bytes, range, failure) { number, value in
            switch (number, value) {
            case (2, .bytes(let range)): characterMap = bytes[range]
            case (3, .integer(let flag)): addsDummyPrefix = flag != 0
            case (4, .integer(let flag)): removesExtraSpaces = flag != 0
            case (5, .integer(let flag)): escapesSpaces = flag != 0
            default: break
            }
        }
    }

    private static func forEachField(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ failure: (String) -> TokenizerError,
        _ body: (UInt64, ProtobufCursor.Value) -> Void
    ) throws(TokenizerError) {
        var cursor = ProtobufCursor(bytes, range)
        while !cursor.isAtEnd {
            let start = cursor.position
            guard let (number, value) = cursor.next() else { throw failure("no protobuf field at byte \(start)") }
            body(number, value)
        }
    }
}

extension SentencePieceModel {
    /// The unigram model of a GGUF file.
    init(_ source: GGMLVocabulary, unknownID: Int) {
        pieces = source.tokens.enumerated().map { id, token in
            Piece(
                text: token[...],
                score: source.scores.isEmpty ? 0 : source.scores[id],
                kind: PieceKind(rawValue: UInt64(max(source.kind(id).rawValue, 0))) ?? .normal
            )
        }
        kind = .unigram
        fallsBackToBytes = source.kinds.contains(GGMLVocabulary.TokenKind.byte.rawValue)
        self.unknownID = unknownID
        characterMap = source.characterMap[...]
        addsDummyPrefix = source.addsSpacePrefix ?? false
        removesExtraSpaces = source.removesExtraSpaces ?? false
    }
}
