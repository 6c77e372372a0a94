import MartletTensors

/// Self-attention whose keys and values come from one latent vector for each token (MLA).
///
/// The cache keeps `[rotated part of the key | latent vector]` once for all heads, as key and as value. A query head is
/// brought into the latent space by the transposed key projection; what it gathers there becomes a value by the value
/// projection: the same sums as with expanded keys and values, in another order.
///
/// - SeeAlso: DeepSeek-V2, arXiv:2405.04434.
struct LatentAttention: Sendable {
    /// The queries' way through a latent vector of their own.
    struct QueryLatent: Sendable {
        /// A tensor `[queryRank, hiddenSize]`.
        let down: Linear
        let norm: Norm
    }

    let configuration: LatentConfiguration
    /// `nil` where queries come straight from the input.
    let queryLatent: QueryLatent?
    /// All heads' rotated parts, then all heads' plain parts: `[heads × (rotary + plain), queryRank or hiddenSize]`.
    let queryProj: Linear
    /// The rotated part of the key, then the latent vector: `[rotary + rank, hiddenSize]`.
    let keyProj: Linear
    /// Of the latent vector.
    let latentNorm: Norm
    /// For each head the transposed key projection: `[rank, plain]`.
    let queryToLatent: [Linear]
    /// For each head the value projection: `[value, rank]`.
    let latentToValue: [Linear]
    /// A tensor `[hiddenSize, heads × value]`.
    let oProj: Linear
    /// One key/value head of the width of a cached key.
    let parameters: AttentionParameters
    /// The rotation of the rotated part.
    let rotation: Attention.Rotation
    /// Which layer of the cache is this one's.
    let layerIndex: Int

    /// Every matrix of the layer.
    var linears: [Linear] {
        [queryLatent?.down].compactMap { $0 } + [queryProj, keyProj] + queryToLatent + latentToValue + [oProj]
    }

    /// Transforms `[tokens, hiddenSize]` through scratch memory and the cache; `output` may be `input`.
    func forward(_ input: Tensor, into output: Tensor, step: ForwardStep) {
        guard let scratch = step.scratch.latent else { preconditionFailure("no scratch memory for latent attention") }
        let tokens = input.shape[0]
        let backend = step.backend
        let keys = scratch.keys.prefix(rows: tokens)
        keyProj.forward(input, into: keys, backend: backend)
        let rotary = configuration.rotaryDimension
        let latents = keys.columns(rotary..<configuration.keyDimension)
        latentNorm.forward(latents, into: latents, backend: backend)

        let queries = scratch.queries.prefix(rows: tokens)
        project(input, into: queries, scratch: scratch, backend: backend)
        rotate(keys, step: step)
        rotate(queries, step: step)
        backend.writeKV(keys: keys, values: keys, to: step.cache, layer: layerIndex, batch: step.batch)
        let attended = scratch.attended.prefix(rows: tokens)
        backend.attention(
            queries,
            cache: step.cache,
            layer: layerIndex,
            batch: step.batch,
            parameters: parameters,
            into: attended
        )
        let values = scratch.values.prefix(rows: tokens)
        for (head, projection) in latentToValue.enumerated() {
            let start = head * configuration.keyDimension
            let value = head * configuration.valueDimension
            projection.forward(
                attended.columns(start + rotary..<start + configuration.keyDimension),
                into: values.columns(value..<value + configuration.valueDimension),
                backend: backend
            )
        }
        oProj.forward(values, into: output, backend: backend)
    }

    /// Writes each head's `[rotated part | plain part in the latent space]`.
    private func project(
        _ input: Tensor,
        into queries: Tensor,
        scratch: ForwardScratch.Latent,
        backend: any Backend
    ) {
        let tokens = input.shape[0]
        let (rotary, plain) = (configuration.rotaryDimension, configuration.plainDimension)
        let heads = parameters.headCount
        var source = input
        if let queryLatent {
            let latent = scratch.queryLatent.prefix(rows: tokens)
            queryLatent.down.forward(input, into: latent, backend: backend)
            source = queryLatent.norm.forward(latent, into: latent, backend: backend)
        }
        let projected = scratch.projected.prefix(rows: tokens)
        queryProj.forward(source, into: projected, backend: backend)
        for token in 0..<tokens {
            backend.withHostRow(projected, row: token) { from in
                backend.withHostRow(queries, row: token) { to in
                    for head in 0..<heads {
                        for index in 0..<rotary {
                            to[head * configuration.keyDimension + index] = from[head * rotary + index]
                        }
                    }
                }
            }
        }
        for (head, projection) in queryToLatent.enumerated() {
            let start = heads * rotary + head * plain
            let place = head * configuration.keyDimension
            projection.forward(
                projected.columns(start..<start + plain),
                into: queries.columns(place + rotary..<place + configuration.keyDimension),
                backend: backend
            )
        }
    }

    private func rotate(_ heads: Tensor, step: ForwardStep) {
        step.backend.applyRotaryEmbedding(
            heads,
            positions: step.batch.positions,
            table: rotation.table,
            headDimension: configuration.keyDimension,
            pairs: rotation.pairs
        )
    }
}
