/// A regular expression as a tree.
indirect enum PatternNode: Sendable {
    /// One code point of a set.
    case set(ScalarSet)
    /// Code points that equal these where case is ignored; one may equal several.
    case folded([UInt32])
    /// One after the other.
    case sequence([PatternNode])
    /// The first that leads to a match.
    case alternation([PatternNode])
    /// As often as allowed.
    case repetition(PatternNode, PatternRepetition)
    /// What follows, without consuming it.
    case look(PatternNode, isNegated: Bool)
    /// What ends here, without consuming it.
    case lookBehind(PatternNode, isNegated: Bool)
    /// The first way to match, and no other.
    case atomic(PatternNode)
    /// A match that is remembered by this number, from 1.
    case capture(Int, PatternNode)
    /// What the last of these groups matched that has matched.
    case backreference([Int], ignoresCase: Bool)
    /// A condition on the position.
    case assertion(PatternAssertion)

    /// The greatest length that is told apart from an unbounded one.
    private static let lengthLimit = 1 << 20

    /// The least and greatest number of code points it can consume; `nil` for no upper bound.
    var length: (minimum: Int, maximum: Int?) {
        switch self {
        case .set: return (1, 1)
        case .look, .lookBehind, .assertion: return (0, 0)
        case .folded(let text): return ((text.count + 2) / 3, text.count)
        case .atomic(let node), .capture(_, let node): return node.length
        case .backreference: return (0, nil)
        case .sequence(let nodes):
            return nodes.reduce((0, 0)) { sum, node in
                let length = node.length
                return (Self.bounded(sum.0 + length.minimum), Self.adding(sum.1, length.maximum))
            }
        case .alternation(let nodes):
            let lengths = nodes.map(\.length)
            let maxima = lengths.compactMap(\.maximum)
            return (lengths.map(\.minimum).min() ?? 0, maxima.count == lengths.count ? maxima.max() ?? 0 : nil)
        case .repetition(let node, let repetition):
            let length = node.length
            let minimum = Self.bounded(length.minimum * repetition.minimum)
            if length.maximum == 0 { return (0, 0) }
            guard let count = repetition.maximum, let longest = length.maximum, longest * count <= Self.lengthLimit
            else { return (minimum, nil) }
            return (minimum, longest * count)
        }
    }

    private static func bounded(_ length: Int) -> Int { min(length, lengthLimit) }

    private static func adding(_ left: Int?, _ right: Int?) -> Int? {
        guard let left, let right, left + right <= lengthLimit else { return nil }
        return left + right
    }
}

/// How often, and in which order the numbers are tried.
struct PatternRepetition: Sendable, Hashable {
    /// The order in which numbers of repetitions are tried.
    enum Mode: Sendable {
        /// Most first.
        case greedy
        /// Fewest first.
        case lazy
        /// Most, and never fewer.
        case possessive
    }

    var minimum: Int
    var maximum: Int?
    var mode: Mode
}

/// A condition on a position.
enum PatternAssertion: Int, Sendable {
    case wordBoundary
    case notWordBoundary
    case textStart
    case textEnd
    case textEndOrLastLine
    case searchStart
    case lineStart
    case lineEnd
}
