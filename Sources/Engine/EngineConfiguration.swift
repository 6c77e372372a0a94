package import MartletTensors

/// The engine's limits, all decided before it starts.
package struct EngineConfiguration: Sendable, Hashable {
    /// The longest sequence, prompt and completion together, in tokens.
    package var maxModelLength: Int
    /// The most sequences that run at once.
    package var maxSequences: Int
    /// The most tokens of one step.
    package var maxBatchedTokens: Int
    /// The number of tokens of a cache block.
    package var blockSize: Int
    /// The number of cache blocks.
    package var blockCount: Int
    /// The element type of the cache.
    package var kvCacheDType: DType
    /// Whether full blocks are kept and found again by content.
    package var isPrefixCachingEnabled: Bool
    /// The most requests that wait; one more is refused.
    package var maxWaitingRequests: Int
    /// Keys the draws of requests without a seed are derived from; fresh at each start unless set.
    package var seed: UInt64

    /// Limits.
    package init(
        maxModelLength: Int, maxSequences: Int, maxBatchedTokens: Int, blockSize: Int, blockCount: Int,
        kvCacheDType: DType, isPrefixCachingEnabled: Bool = true, maxWaitingRequests: Int = 1024,
        seed: UInt64 = .random(in: .min ... .max)
    ) {
        self.maxModelLength = maxModelLength
        self.maxSequences = maxSequences
        self.maxBatchedTokens = maxBatchedTokens
        self.blockSize = blockSize
        self.blockCount = blockCount
        self.kvCacheDType = kvCacheDType
        self.isPrefixCachingEnabled = isPrefixCachingEnabled
        self.maxWaitingRequests = maxWaitingRequests
        self.seed = seed
    }
}
