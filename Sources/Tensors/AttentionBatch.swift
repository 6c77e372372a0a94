/// Where each sequence of a batch lies in the rows of queries and in the paged cache.
///
/// Sequence `s` owns the rows `queryStarts[s]..<queryStarts[s + 1]`; its last row is the token at position
/// `contextLengths[s] - 1`. Token `p` of the sequence is kept in block `blockTables[s, p / blockSize]` at place
/// `p % blockSize`. All tensors are `int32` in the backend's memory.
package struct AttentionBatch: Sendable {
    /// `[tokens]`: absolute, 0-based.
    package var positions: Tensor
    /// `[tokens]`: block × blockSize + place, where the token's key and value are written.
    package var slotMapping: Tensor
    /// The first row of each sequence and the end of the last, `[sequences + 1]`.
    package var queryStarts: Tensor
    /// `[sequences]`: the tokens in the cache once this batch is written.
    package var contextLengths: Tensor
    /// `[sequences, maximumBlocks]`; entries beyond the context are not read.
    package var blockTables: Tensor
    /// The number of sequences.
    package var sequenceCount: Int
    /// The number of tokens (rows).
    package var tokenCount: Int
    /// Whether a query sees only its own token and those before it, not those behind.
    package var isCausal: Bool

    /// A description of a batch.
    package init(
        positions: Tensor,
        slotMapping: Tensor,
        queryStarts: Tensor,
        contextLengths: Tensor,
        blockTables: Tensor,
        sequenceCount: Int,
        tokenCount: Int,
        isCausal: Bool = true
    ) {
        self.positions = positions
        self.slotMapping = slotMapping
        self.queryStarts = queryStarts
        self.contextLengths = contextLengths
        self.blockTables = blockTables
        self.sequenceCount = sequenceCount
        self.tokenCount = tokenCount
        self.isCausal = isCausal
    }
}

/// What changes the result of attention in one layer.
package struct AttentionParameters: Sendable {
    /// The number of query heads.
    package var headCount: Int
    /// The number of key/value heads; divides `headCount`.
    package var kvHeadCount: Int
    /// The width of a head.
    package var headDimension: Int
    /// The factor on the scores, usually 1/√headDimension.
    package var scale: Float
    /// How many tokens a query sees, itself included; `nil` for all before it.
    ///
    /// Without a causal mask it sees as many on either side.
    package var slidingWindow: Int?
    /// Bounds scores by `cap · tanh(score / cap)`; `nil` for none.
    package var softCap: Float?
    /// `[headCount]`, float32: what a score grows by with each position of the key (ALiBi); `nil` for none.
    package var slopes: Tensor?
    /// `[headCount]`, float32: the score of a key without value that every query sees; `nil` for none.
    package var sinks: Tensor?
    /// What scores are raised by: `[headCount, 2 × reach − 1]`, float32, column `reach − 1 + key position − query
    /// position`, for sequences of at most `reach` tokens; `nil` for none.
    package var distanceBias: Tensor?

    /// Parameters of a layer.
    package init(
        headCount: Int,
        kvHeadCount: Int,
        headDimension: Int,
        scale: Float,
        slidingWindow: Int? = nil,
        softCap: Float? = nil,
        slopes: Tensor? = nil,
        sinks: Tensor? = nil,
        distanceBias: Tensor? = nil
    ) {
        self.headCount = headCount
        self.kvHeadCount = kvHeadCount
        self.headDimension = headDimension
        self.scale = scale
        self.slidingWindow = slidingWindow
        self.softCap = softCap
        self.slopes = slopes
        self.sinks = sinks
        self.distanceBias = distanceBias
    }
}
