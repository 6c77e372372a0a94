/// A regular expression as a tree.
indirect enum PatternNode: Sendable {
    /// One code point of a set.
    case set(ScalarSet)
    /// One after the other.
    case sequence([PatternNode])
    /// The first that leads to a match.
    case alternation([PatternNode])
    /// As often as allowed.
    case repetition(PatternNode, PatternRepetition)
    /// What follows, without consuming it.
    case look(PatternNode, isNegated: Bool)
    /// A condition on the position.
    case assertion(PatternAssertion)

    /// The least and greatest number of code points it can consume; `nil` for no upper bound.
    var length: (minimum: Int, maximum: Int?) {
        switch self {
        case .set: return (1, 1)
        case .look, .assertion: return (0, 0)
        case .sequence(let nodes):
            return nodes.reduce((0, 0)) { sum, node in
                let length = node.length
                return (sum.0 + length.minimum, adding(sum.1, length.maximum))
            }
        case .alternation(let nodes):
            let lengths = nodes.map(\.length)
            let maxima = lengths.compactMap(\.maximum)
            return (lengths.map(\.minimum).min() ?? 0, maxima.count == lengths.count ? maxima.max() ?? 0 : nil)
        case .repetition(let node, let repetition):
            let length = node.length
            guard let maximum = repetition.maximum, let longest = length.maximum else {
                return (length.minimum * repetition.minimum, nil)
            }
            return (length.minimum * repetition.minimum, longest * maximum)
        }
    }

    private func adding(_ left: Int?, _ right: Int?) -> Int? {
        guard let left, let right else { return nil }
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
    case lineStart
    case lineEnd
}
