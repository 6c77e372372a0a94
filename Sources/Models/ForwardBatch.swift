package import MartletTensors

/// One step's tokens for a model, in the backend's memory: which tokens, where they stand, which rows want logits.
///
/// The rows of all sequences follow each other without padding. Built by the engine's model runner; it holds no
/// request and no text.
package struct ForwardBatch: Sendable {
    /// `[tokens]`, int32.
    package var tokenIDs: Tensor
    /// `[logits]`, int32: the rows whose logits are wanted.
    package var logitsIndices: Tensor
    /// The number of rows that want logits; 0 where a step only fills the cache.
    package var logitsCount: Int
    /// Positions, slots and tables.
    package var attention: AttentionBatch

    /// The number of tokens.
    package var tokenCount: Int { attention.tokenCount }

    /// A batch.
    package init(tokenIDs: Tensor, logitsIndices: Tensor, logitsCount: Int, attention: AttentionBatch) {
        self.tokenIDs = tokenIDs
        self.logitsIndices = logitsIndices
        self.logitsCount = logitsCount
        self.attention = attention
    }
}
