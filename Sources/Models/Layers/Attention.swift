import MartletTensors

/// Self-attention with grouped queries, rotary positions and a paged cache.
struct Attention: Sendable {
    /// Queries above keys above values: `[(headCount + 2 × kvHeadCount) × headDimension, hiddenSize]`.
    let qkvProj: Linear
    /// The output projection: `[hiddenSize, headCount × headDimension]`.
    let oProj: Linear
    /// Normalizes each query head; `nil` for none.
    let qNorm: RMSNorm?
    /// Normalizes each key head; `nil` for none.
    let kNorm: RMSNorm?
    /// Heads, scale and window.
    let parameters: AttentionParameters
    /// The cosines and sines, shared by all layers: `[positions, rotaryDimension]`.
    let rotaryTable: Tensor
    /// Which layer of the cache is this one's.
    let layerIndex: Int

    /// Transforms `[tokens, hiddenSize]` in place, through scratch memory and the cache.
    func forward(
        _ hidden: Tensor,
        batch: AttentionBatch,
        cache: KVCache,
        scratch: ForwardScratch,
        backend: any Backend
    ) {
        let tokens = hidden.shape[0]
        let queryWidth = parameters.headCount * parameters.headDimension
        let keyWidth = parameters.kvHeadCount * parameters.headDimension
        let qkv = scratch.qkv.prefix(rows: tokens)
        let queries = qkv.columns(0..<queryWidth)
        let keys = qkv.columns(queryWidth..<(queryWidth + keyWidth))
        let values = qkv.columns((queryWidth + keyWidth)..<(queryWidth + 2 * keyWidth))

        qkvProj.forward(hidden, into: qkv, backend: backend)
        qNorm?.forward(queries, into: queries, backend: backend)
        kNorm?.forward(keys, into: keys, backend: backend)
        // queries and keys lie side by side: one call rotates the heads of both
        backend.applyRotaryEmbedding(
            qkv.columns(0..<(queryWidth + keyWidth)),
            positions: batch.positions,
            table: rotaryTable,
            headDimension: parameters.headDimension,
            pairs: .halves
        )
        backend.writeKV(keys: keys, values: values, to: cache, layer: layerIndex, batch: batch)
        let attended = scratch.attended.prefix(rows: tokens)
        backend.attention(
            queries,
            cache: cache,
            layer: layerIndex,
            batch: batch,
            parameters: parameters,
            into: attended
        )
        oProj.forward(attended, into: hidden, backend: backend)
    }
}
