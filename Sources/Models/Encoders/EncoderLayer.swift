import MartletTensors

/// Attention of every token to its whole sequence.
struct EncoderAttention: Sendable {
    /// Queries above keys above values: `[3 × hiddenSize, hiddenSize]`.
    let qkvProj: Linear
    /// The way back: `[hiddenSize, hiddenSize]`.
    let oProj: Linear
    /// Heads, scale, window and bias.
    let parameters: AttentionParameters
    /// The cosines and sines of this layer; `nil` where queries and keys are not rotated.
    let rotaryTable: Tensor?

    /// Transforms `[tokens, hiddenSize]` into `output`, through scratch memory.
    func forward(
        _ input: Tensor,
        batch: AttentionBatch,
        scratch: EncoderScratch,
        into output: Tensor,
        backend: any Backend
    ) {
        let (tokens, width) = (input.shape[0], input.shape[1])
        let qkv = scratch.qkv.prefix(rows: tokens)
        qkvProj.forward(input, into: qkv, backend: backend)
        if let rotaryTable {
            backend.applyRotaryEmbedding(
                qkv.columns(0..<2 * width),
                positions: batch.positions,
                table: rotaryTable,
                headDimension: parameters.headDimension,
                pairs: .halves
            )
        }
        let keys = qkv.columns(width..<2 * width)
        let values = qkv.columns(2 * width..<3 * width)
        backend.writeKV(keys: keys, values: values, to: scratch.cache, layer: 0, batch: batch)
        let attended = scratch.attended.prefix(rows: tokens)
        backend.attention(
            qkv.columns(0..<width),
            cache: scratch.cache,
            layer: 0,
            batch: batch,
            parameters: parameters,
            into: attended
        )
        oProj.forward(attended, into: output, backend: backend)
    }
}

/// Two projections with an activation between them, gated or not.
struct EncoderMLP: Sendable {
    /// `[intermediateSize, hiddenSize]`, the gate's rows above the others where it is gated.
    let upProj: Linear
    /// The way back: `[hiddenSize, intermediateSize]`.
    let downProj: Linear
    let activation: Activation
    let isGated: Bool

    /// Transforms `[tokens, hiddenSize]` into `output`, through scratch memory.
    func forward(_ input: Tensor, scratch: EncoderScratch, into output: Tensor, backend: any Backend) {
        let inner = scratch.inner.prefix(rows: input.shape[0])
        upProj.forward(input, into: inner, backend: backend)
        if isGated {
            let gated = scratch.gated.prefix(rows: input.shape[0])
            backend.gate(inner, .activation(activation), into: gated)
            downProj.forward(gated, into: output, backend: backend)
        } else {
            backend.activate(inner, activation, into: inner)
            downProj.forward(inner, into: output, backend: backend)
        }
    }
}

/// One layer: attention, then the MLP, each added to its input.
struct EncoderLayer: Sendable {
    let attention: EncoderAttention
    /// Of attention's sum or input; `nil` for none.
    let attentionNorm: LayerNormParameters?
    let mlp: EncoderMLP
    /// Of the MLP's sum or input.
    let outputNorm: LayerNormParameters
    let placement: EncoderConfiguration.NormPlacement

    /// Transforms the residual stream `[tokens, hiddenSize]` in place.
    func forward(_ hidden: Tensor, batch: AttentionBatch, scratch: EncoderScratch, backend: any Backend) {
        let branch = scratch.branch.prefix(rows: hidden.shape[0])
        switch placement {
        case .afterSum:
            attention.forward(hidden, batch: batch, scratch: scratch, into: branch, backend: backend)
            backend.add(branch, to: hidden)
            if let attentionNorm { backend.layerNorm(hidden, norm: attentionNorm, into: hidden) }
            mlp.forward(hidden, scratch: scratch, into: branch, backend: backend)
            backend.add(branch, to: hidden)
            backend.layerNorm(hidden, norm: outputNorm, into: hidden)
        case .beforeSublayer:
            if let attentionNorm { backend.layerNorm(hidden, norm: attentionNorm, into: branch) }
            let input = attentionNorm == nil ? hidden : branch
            attention.forward(input, batch: batch, scratch: scratch, into: branch, backend: backend)
            backend.add(branch, to: hidden)
            backend.layerNorm(hidden, norm: outputNorm, into: branch)
            mlp.forward(branch, scratch: scratch, into: branch, backend: backend)
            backend.add(branch, to: hidden)
        }
    }
}
