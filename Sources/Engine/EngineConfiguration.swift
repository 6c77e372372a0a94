package import MartletTensors

/// Which of the waiting requests runs next, and which of the running ones gives way when the cache is full.
package enum SchedulingPolicy: String, Sendable, Hashable, CaseIterable {
    /// First come, first served; the latest gives way.
    case fcfs
    /// Lower `priority` first, then the earlier; the last in that order gives way.
    case priority
}

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
    /// Most prompt tokens of waiting requests; `nil` for any number.
    package var maxWaitingTokens: Int?
    /// Keys the draws of requests without a seed are derived from; fresh at each start unless set.
    package var seed: UInt64
    /// The order of requests.
    package var schedulingPolicy: SchedulingPolicy
    /// The most prompt tokens of one step; fewer where a step would take too long.
    package var maxPrefillTokens: Int
    /// How long a step should take at most; prompts are cut into smaller chunks to keep it.
    package var targetStepTime: Duration

    /// Limits.
    package init(
        maxModelLength: Int,
        maxSequences: Int,
        maxBatchedTokens: Int,
        blockSize: Int,
        blockCount: Int,
        kvCacheDType: DType,
        isPrefixCachingEnabled: Bool = true,
        maxWaitingRequests: Int = 1024,
        seed: UInt64 = .random(in: .min ... .max),
        schedulingPolicy: SchedulingPolicy = .fcfs,
        maxPrefillTokens: Int = 256,
        targetStepTime: Duration = .milliseconds(400)
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
        self.schedulingPolicy = schedulingPolicy
        self.maxPrefillTokens = maxPrefillTokens
        self.targetStepTime = targetStepTime
    }
}
