package import MartletTensors

/// Turns sequences into a vector for each token.
///
/// It knows nothing of pooling, requests or text. One thread calls it at a time. A sequence's vectors have the same bits
/// whatever else is in the batch.
package protocol SequenceEncoder: AnyObject, Sendable {
    /// Token ids are below this.
    var vocabularySize: Int { get }
    /// Token types are below this; 1 where there are none.
    var typeCount: Int { get }
    /// The width of a token's vector.
    var hiddenSize: Int { get }
    /// What one call may hold.
    var limits: EncoderLimits { get }

    /// The vectors of the wanted tokens.
    ///
    /// - Parameters:
    ///   - batch: at most what `limits` allows, ids and types in range.
    ///   - rows: which tokens.
    /// - Returns: `[rows, hiddenSize]`, float32, in the order of the batch; valid until the next call.
    /// - Throws: `BackendError` when the device fails.
    func hiddenStates(of batch: EncoderBatch, rows: EncoderRows) throws(BackendError) -> Tensor
}

/// The tokens whose vectors are wanted.
package enum EncoderRows: Sendable, Hashable {
    /// Every token.
    case all
    /// The first of each sequence.
    case first
    /// The last of each sequence.
    case last
}
