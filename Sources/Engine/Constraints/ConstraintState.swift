import MartletGrammars
import MartletTokenizers

/// Where a completion stands in the grammar that it must satisfy.
struct ConstraintState {
    /// Where the grammar's text stands.
    private(set) var matcher: GrammarMatcher
    /// The tokens after which the grammar begins; empty once it has begun.
    private var opening: [Int32]
    /// The last tokens before the grammar begins, at most as many as `opening` has.
    private var recent: [Int32] = []

    init(_ constraint: OutputConstraint) {
        matcher = GrammarMatcher(constraint.grammar)
        opening = constraint.opening.map(\.rawValue)
    }

    /// Whether the next token is constrained.
    var isActive: Bool { opening.isEmpty && !matcher.isTerminated }
    /// Whether an end token has completed the text.
    var isComplete: Bool { matcher.isTerminated }

    /// Takes a generated token, which the mask allowed.
    mutating func record(_ token: Int32) {
        if opening.isEmpty {
            _ = matcher.accept(TokenID(rawValue: token))
            return
        }
        recent.append(token)
        if recent.count > opening.count { recent.removeFirst() }
        if recent == opening { opening = [] }
    }
}

/// The tokens that a grammar allows next.
struct TokenMask: Sendable {
    /// Bit `id % 64` of word `id / 64`.
    var words: [UInt64]
    /// Whether all of them end the text.
    var isEndOnly: Bool

    /// The mask of a matcher.
    ///
    /// - Parameters:
    ///   - matcher: where the text stands.
    ///   - defersEnd: whether the text goes on as long as the grammar lets it.
    init(_ matcher: GrammarMatcher, defersEnd: Bool) {
        words = matcher.allowedTokens()
        var others = words
        for token in matcher.grammar.vocabulary.endTokens {
            others[token.index / 64] &= ~(1 << UInt64(token.index % 64))
        }
        isEndOnly = others.allSatisfy { $0 == 0 }
        if defersEnd, !isEndOnly { words = others }
    }
}
