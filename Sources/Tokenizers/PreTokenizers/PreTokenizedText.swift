import MartletJSON

/// Normalized text cut into pieces, each of which the model takes by itself.
struct PreTokenizedText {
    /// One piece: a range of the bytes.
    struct Piece {
        /// Where it begins.
        var start: Int
        /// Where it ends.
        var end: Int
        /// Whether it begins where the whole input begins.
        var isFirst: Bool

        /// Its bytes.
        var range: Range<Int> { start..<end }
    }

    /// Valid UTF-8 that holds all pieces; pieces follow each other, with gaps where something was removed.
    var bytes: [UInt8]
    /// The pieces in order; none is empty.
    var pieces: [Piece]

    /// One piece.
    init(_ bytes: [UInt8], isFirst: Bool) {
        self.bytes = bytes
        pieces = bytes.isEmpty ? [] : [Piece(start: 0, end: bytes.count, isFirst: isFirst)]
    }

    /// Cuts every piece at the matches of the pattern.
    mutating func split(by pattern: Pattern, _ behavior: SplitBehavior, inverted: Bool = false) {
        split(behavior) { bytes, range, body in
            pattern.forEachPiece(bytes, range) { body($0, $1 != inverted) }
        }
    }

    /// Cuts every piece where single code points of the classes stand.
    mutating func split(byClasses classes: UInt64, _ behavior: SplitBehavior) {
        let table = ScalarClasses.shared
        split(behavior) { bytes, range, body in
            var start = range.lowerBound
            var position = start
            while position < range.upperBound {
                let (scalar, length) = decodeScalar(bytes, position)
                if table.bit(scalar) & classes != 0 {
                    if start < position { body(start..<position, false) }
                    body(position..<(position + length), true)
                    start = position + length
                }
                position += length
            }
            if start < range.upperBound { body(start..<range.upperBound, false) }
        }
    }

    /// Cuts every piece into the parts that the closure calls back with, and joins those as the behavior wants it.
    mutating func split(
        _ behavior: SplitBehavior,
        _ find: ([UInt8], Range<Int>, (Range<Int>, Bool) -> Void) -> Void
    ) {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count + bytes.count / 4)
        for piece in pieces {
            var joiner = SplitJoiner(behavior: behavior, origin: piece)
            find(bytes, piece.range) { joiner.add($0, $1, to: &result) }
            joiner.finish(&result)
        }
        pieces = result
    }

    /// Rewrites every piece; the closure appends the piece's new bytes.
    mutating func rewrite(_ body: ([UInt8], Piece, inout [UInt8]) -> Void) {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 2)
        for index in pieces.indices {
            let start = result.count
            body(bytes, pieces[index], &result)
            pieces[index].start = start
            pieces[index].end = result.count
        }
        bytes = result
    }
}

/// What becomes of the matches of a splitter.
enum SplitBehavior: String, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    init(_ reader: ComponentReader, default defaultValue: SplitBehavior? = nil) throws(TokenizerError) {
        if let defaultValue, reader.value["behavior"] == nil {
            self = defaultValue
            return
        }
        let name = try reader.string("behavior")
        guard let behavior = SplitBehavior(rawValue: name) else {
            throw .unsupportedSetting(path: "\(reader.path).behavior", value: name)
        }
        self = behavior
    }
}

/// Joins the parts of one piece as a behavior wants it.
private struct SplitJoiner {
    let behavior: SplitBehavior
    let origin: PreTokenizedText.Piece
    private var open: Range<Int>?
    private var openIsMatch = false

    init(behavior: SplitBehavior, origin: PreTokenizedText.Piece) {
        self.behavior = behavior
        self.origin = origin
    }

    mutating func add(_ range: Range<Int>, _ isMatch: Bool, to pieces: inout [PreTokenizedText.Piece]) {
        let joins: Bool
        switch behavior {
        case .removed:
            if !isMatch { append(range, to: &pieces) }
            return
        case .isolated:
            append(range, to: &pieces)
            return
        case .contiguous: joins = openIsMatch == isMatch
        case .mergedWithPrevious: joins = isMatch && !openIsMatch
        case .mergedWithNext: joins = openIsMatch && !isMatch
        }
        if joins, let start = open?.lowerBound {
            open = start..<range.upperBound
        } else {
            finish(&pieces)
            open = range
        }
        openIsMatch = isMatch
    }

    mutating func finish(_ pieces: inout [PreTokenizedText.Piece]) {
        if let open { append(open, to: &pieces) }
        open = nil
    }

    private func append(_ range: Range<Int>, to pieces: inout [PreTokenizedText.Piece]) {
        if range.isEmpty { return }
        let isFirst = origin.isFirst && range.lowerBound == origin.start
        pieces.append(.init(start: range.lowerBound, end: range.upperBound, isFirst: isFirst))
    }
}
