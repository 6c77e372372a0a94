/// What the engine has done since it was made, and what it does: a snapshot.
///
/// Counts of sequences and finished completions count each choice of a request; warm-ups are left out.
package struct EngineStatistics: Sendable {
    /// Sequences in the batch.
    package var runningCount = 0
    /// Sequences that wait, preempted ones included.
    package var waitingCount = 0
    /// The share of the cache's blocks in use, 0…1.
    package var kvCacheUsage = 0.0
    /// Prompt tokens that were looked up in the prefix cache.
    package var prefixCacheQueryTokenCount = 0
    /// Prompt tokens that were found there.
    package var prefixCacheHitTokenCount = 0
    /// Sequences that gave their blocks to others.
    package var preemptionCount = 0
    /// Calls that were refused because too many requests waited.
    package var fullQueueCount = 0
    /// Calls that were refused because too many tokens waited.
    package var fullTokenQueueCount = 0
    /// Prompt tokens of requests whose first token has come, cached ones included.
    package var promptTokenCount = 0
    /// Those of them that came from the prefix cache.
    package var cachedPromptTokenCount = 0
    /// Generated tokens.
    package var generationTokenCount = 0
    /// Completions by how they ended; every reason is there.
    package var finishedCounts = Dictionary(uniqueKeysWithValues: FinishReason.allCases.map { ($0, 0) })

    /// From arrival to the first token, in seconds.
    package var timeToFirstToken = Histogram(bounds: Bounds.timeToFirstToken)
    /// Between tokens of a completion, in seconds.
    package var interTokenLatency = Histogram(bounds: Bounds.interTokenLatency)
    /// The mean between tokens of a completion, in seconds.
    package var timePerOutputToken = Histogram(bounds: Bounds.interTokenLatency)
    /// From arrival to the last token, in seconds.
    package var endToEndLatency = Histogram(bounds: Bounds.latency)
    /// From arrival to the first step, in seconds.
    package var queueTime = Histogram(bounds: Bounds.latency)
    /// From the first step to the first token, in seconds.
    package var prefillTime = Histogram(bounds: Bounds.latency)
    /// From the first token to the last, in seconds.
    package var decodeTime = Histogram(bounds: Bounds.latency)
    /// From the first step to the last token, in seconds.
    package var inferenceTime = Histogram(bounds: Bounds.latency)
    /// Prompt tokens per completion.
    package var promptTokens: Histogram
    /// Generated tokens per completion.
    package var generationTokens: Histogram
    /// The longest completion of each request.
    package var maximumGenerationTokens: Histogram
    /// The most tokens asked for.
    package var maxTokensParameter: Histogram
    /// The completions asked for.
    package var choiceCountParameter = Histogram(bounds: [1, 2, 5, 10, 20])
    /// How often a completion gave its blocks to others.
    package var preemptions = Histogram(bounds: [1, 2, 3, 4, 5, 10, 20])
    /// Prompt tokens computed for a completion: none where the prefix cache or the first choice had them.
    package var computedPromptTokens: Histogram
    /// Tokens per step.
    package var iterationTokens = Histogram(bounds: Bounds.iterationTokens)

    /// Nothing done; token counts up to the longest sequence have buckets.
    package init(maxModelLength: Int) {
        let tokens = Histogram(bounds: Histogram.oneTwoFive(upTo: maxModelLength))
        promptTokens = tokens
        computedPromptTokens = tokens
        generationTokens = tokens
        maximumGenerationTokens = tokens
        maxTokensParameter = tokens
    }

    private enum Bounds {
        static let timeToFirstToken = [
            0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
            2560,
        ]
        static let interTokenLatency = [
            0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
        ]
        static let latency = [
            0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
        ]
        static let iterationTokens: [Double] = [1] + (3...14).map { Double(1 << $0) }
    }
}
