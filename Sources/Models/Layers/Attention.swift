import MartletTensors

/// Self-attention with grouped queries, positions as the model has them, and a paged cache.
struct Attention: Sendable {
    /// A rotation of queries and keys.
    struct Rotation: Sendable {
        /// The cosines and sines, shared by layers: `[positions, rotaryDimension]`.
        let table: Tensor
        /// Which elements turn together.
        let pairs: RotaryPairs
    }

    /// The norms of query and key heads.
    struct HeadNorms: Sendable {
        let query: Norm
        let key: Norm
        /// Whether heads are rotated first.
        let followsRotation: Bool
    }

    /// Queries above keys above values: `[(headCount + 2 × kvHeadCount) × headDimension, hiddenSize]`.
    let qkvProj: Linear
    /// The output projection: `[hiddenSize, headCount × headDimension]`.
    let oProj: Linear
    /// Normalizes query and key heads; `nil` for none.
    let headNorms: HeadNorms?
    /// Bounds queries, keys and values, normalized ones after that; `nil` for no bound.
    let limit: Float?
    /// Heads, scale and window.
    let parameters: AttentionParameters
    /// Rotates queries and keys; `nil` for none.
    let rotation: Rotation?
    /// Which layer of the cache is this one's.
    let layerIndex: Int

    /// Transforms `[tokens, hiddenSize]` through scratch memory and the cache; `output` may be `input`.
    func forward(_ input: Tensor, into output: Tensor, step: ForwardStep) {
        let tokens = input.shape[0]
        let backend = step.backend
        let queryWidth = parameters.headCount * parameters.headDimension
        let keyWidth = parameters.kvHeadCount * parameters.headDimension
        let qkv = step.scratch.qkv.prefix(rows: tokens)
        let queries = qkv.columns(0..<queryWidth)
        let keys = qkv.columns(queryWidth..<(queryWidth + keyWidth))
        let values = qkv.columns((queryWidth + keyWidth)..<(queryWidth + 2 * keyWidth))

        qkvProj.forward(input, into: qkv, backend: backend)
        if let headNorms, !headNorms.followsRotation { normalize(queries, keys, headNorms, backend) }
        if let limit { backend.clamp(qkv, to: limit) }
        if let rotation {
            // queries and keys lie side by side: one call rotates the heads of both
            backend.applyRotaryEmbedding(
                qkv.columns(0..<(queryWidth + keyWidth)),
                positions: step.batch.positions,
                table: rotation.table,
                headDimension: parameters.headDimension,
                pairs: rotation.pairs
            )
        }
        if let headNorms, headNorms.followsRotation { normalize(queries, keys, headNorms, backend) }
        backend.writeKV(keys: keys, values: values, to: step.cache, layer: layerIndex, batch: step.batch)
        let attended = step.scratch.attended.prefix(rows: tokens)
        backend.attention(
            queries,
            cache: step.cache,
            layer: layerIndex,
            batch: step.batch,
            parameters: parameters,
            into: attended
        )
        oProj.forward(attended, into: output, backend: backend)
    }

    private func normalize(_ queries: Tensor, _ keys: Tensor, _ norms: HeadNorms, _ backend: any Backend) {
        norms.query.forward(queries, into: queries, backend: backend)
        norms.key.forward(keys, into: keys, backend: backend)
    }
}
