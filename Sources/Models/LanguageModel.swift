package import MartletTensors

/// A decoder: tokens in, logits out.
///
/// It knows nothing of requests, scheduling, sampling or text. One thread calls `forward` at a time. Scratch memory is allocated when the model is made, for at most
/// `limits.maxBatchedTokens` tokens and `limits.maxLogitsRows` rows of logits per call.
package protocol LanguageModel: AnyObject, Sendable {
    /// The number of rows of the output matrix.
    var vocabularySize: Int { get }
    /// The longest sequence the model was configured for.
    var maxPositions: Int { get }
    /// What it needs of the key/value cache.
    var kvCacheSpec: KVCacheSpec { get }
    /// What one call may hold.
    var limits: ForwardLimits { get }

    /// Runs the batch, writes its keys and values into the cache and the wanted rows' logits.
    ///
    /// - Parameters:
    ///   - batch: at most `limits.maxBatchedTokens` tokens.
    ///   - cache: the cache of this model.
    ///   - logits: `[batch.logitsCount, vocabularySize]`, float32.
    /// - Throws: `BackendError` when the device fails.
    func forward(_ batch: ForwardBatch, cache: KVCache, logits: Tensor) throws(BackendError)
}

/// The greatest batch that a model's scratch memory is made for.
package struct ForwardLimits: Sendable, Hashable {
    /// Tokens of one call.
    package var maxBatchedTokens: Int
    /// Rows of logits of one call.
    package var maxLogitsRows: Int
    /// The longest sequence, prompt and completion together.
    package var maxModelLength: Int

    /// Limits.
    package init(maxBatchedTokens: Int, maxLogitsRows: Int, maxModelLength: Int) {
        self.maxBatchedTokens = maxBatchedTokens
        self.maxLogitsRows = maxLogitsRows
        self.maxModelLength = maxModelLength
    }
}
