/// Sequences for one call of an encoder, without padding.
package struct EncoderBatch: Sendable {
    /// One sequence.
    package struct Sequence: Sendable, Hashable {
        /// The tokens, at least one.
        package var tokens: [Int32]
        /// The token types, as many as tokens; empty for 0 everywhere.
        package var types: [Int32]
        /// Whether each token's own vector is wanted rather than one of all.
        package var givesTokens: Bool

        /// A sequence.
        package init(tokens: [Int32], types: [Int32] = [], givesTokens: Bool = false) {
            precondition(types.isEmpty || types.count == tokens.count, "\(types.count) types of \(tokens.count) tokens")
            self.tokens = tokens
            self.types = types
            self.givesTokens = givesTokens
        }
    }

    /// The sequences.
    package var sequences: [Sequence]

    /// A batch.
    package init(_ sequences: [Sequence]) { self.sequences = sequences }

    /// The tokens of all sequences.
    package var tokenCount: Int { sequences.reduce(0) { $0 + $1.tokens.count } }
}

/// The greatest batch that an encoder's scratch memory is made for.
package struct EncoderLimits: Sendable, Hashable {
    /// Tokens of one call.
    package var maxBatchedTokens: Int
    /// Sequences of one call.
    package var maxSequences: Int
    /// The longest sequence.
    package var maxLength: Int

    /// Limits.
    package init(maxBatchedTokens: Int, maxSequences: Int, maxLength: Int) {
        self.maxBatchedTokens = maxBatchedTokens
        self.maxSequences = maxSequences
        self.maxLength = maxLength
    }
}
