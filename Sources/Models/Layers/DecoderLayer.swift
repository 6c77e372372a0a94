import MartletTensors

/// One pre-norm transformer layer: attention, then the MLP, each added to the residual stream.
struct DecoderLayer: Sendable {
    let inputLayerNorm: RMSNorm
    let selfAttention: Attention
    let postAttentionLayerNorm: RMSNorm
    let mlp: GatedMLP

    /// Adds this layer's contribution to the residual stream `[tokens, hiddenSize]`.
    func forward(
        _ residual: Tensor,
        batch: AttentionBatch,
        cache: KVCache,
        scratch: ForwardScratch,
        backend: any Backend
    ) {
        let normed = scratch.normed.prefix(rows: residual.shape[0])
        inputLayerNorm.forward(residual, into: normed, backend: backend)
        selfAttention.forward(normed, batch: batch, cache: cache, scratch: scratch, backend: backend)
        backend.add(normed, to: residual)
        postAttentionLayerNorm.forward(residual, into: normed, backend: backend)
        mlp.forward(normed, scratch: scratch, backend: backend)
        backend.add(normed, to: residual)
    }
}
