import MartletModels

extension EngineConfiguration {
    /// Refuses limits that contradict each other or the model's.
    ///
    /// The longest sequence fits the cache alone: so the first sequence in the order can always go on.
    func check(_ model: ForwardLimits) throws(EngineError) {
        try Self.check("blockSize", blockSize, 1...4096)
        try Self.check("blockCount", blockCount, 1...Int(Int32.max) / blockSize)
        try Self.check("maxModelLength", maxModelLength, 2...max(2, min(model.maxModelLength, blockCount * blockSize)))
        try Self.check("maxBatchedTokens", maxBatchedTokens, 1...max(1, model.maxBatchedTokens))
        try Self.check("maxSequences", maxSequences, 1...max(1, model.maxLogitsRows))
        try Self.check("maxPrefillTokens", maxPrefillTokens, 1...Int(Int32.max))
        try Self.check("maxWaitingRequests", maxWaitingRequests, 1...Int(Int32.max))
    }

    private static func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(EngineError) {
        guard range.contains(value) else {
            throw .invalidConfiguration(
                name: name,
                value: value,
                minimum: range.lowerBound,
                maximum: range.upperBound
            )
        }
    }
}
