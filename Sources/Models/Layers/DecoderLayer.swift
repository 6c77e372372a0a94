import MartletTensors

/// What one `forward` call works with.
struct ForwardStep {
    /// Where each sequence lies.
    let batch: AttentionBatch
    /// The cache of the model.
    let cache: KVCache
    /// Memory for intermediate results.
    let scratch: ForwardScratch
    /// The device.
    let backend: any Backend
}

/// One transformer layer: attention and MLP, each added to the residual stream, with norms where the model has them.
struct DecoderLayer: Sendable {
    /// How a layer attends.
    enum AttentionKind: Sendable {
        /// Keys and values by projections of their own.
        case grouped(Attention)
        /// Keys and values from a latent vector.
        case latent(LatentAttention)
    }

    /// What follows attention.
    enum MLPKind: Sendable {
        /// One for all tokens.
        case dense(MLP)
        /// Experts that tokens choose from.
        case mixture(MixtureOfExperts)
    }

    /// The norms around attention or MLP.
    struct Norms: Sendable {
        /// On the input.
        let input: Norm?
        /// On the result, before it is added.
        let result: Norm?
        /// On the sum.
        let sum: Norm?
    }

    let attention: AttentionKind
    let attentionNorms: Norms
    let mlp: MLPKind
    let mlpNorms: Norms
    /// Whether the MLP sees the layer's input instead of the sum with attention's result.
    let isParallel: Bool
    /// The factor on both results.
    let residualScale: Float

    /// Adds this layer's contribution to the residual stream `[tokens, hiddenSize]`.
    func forward(_ residual: Tensor, step: ForwardStep) {
        let tokens = residual.shape[0]
        let backend = step.backend
        let attended = step.scratch.attentionResult.prefix(rows: tokens)
        let attentionInput = attentionNorms.input?.forward(residual, into: attended, backend: backend) ?? residual
        attend(attentionInput, into: attended, step: step)
        finish(attended, norm: attentionNorms.result, backend: backend)
        if !isParallel {
            backend.add(attended, to: residual)
            attentionNorms.sum?.forward(residual, into: residual, backend: backend)
        }
        let transformed = step.scratch.mlpResult.prefix(rows: tokens)
        let mlpInput = mlpNorms.input?.forward(residual, into: transformed, backend: backend) ?? residual
        transform(mlpInput, into: transformed, step: step)
        finish(transformed, norm: mlpNorms.result, backend: backend)
        if isParallel { backend.add(attended, to: residual) }
        backend.add(transformed, to: residual)
        mlpNorms.sum?.forward(residual, into: residual, backend: backend)
    }

    private func attend(_ input: Tensor, into output: Tensor, step: ForwardStep) {
        switch attention {
        case .grouped(let attention): attention.forward(input, into: output, step: step)
        case .latent(let attention): attention.forward(input, into: output, step: step)
        }
    }

    private func transform(_ input: Tensor, into output: Tensor, step: ForwardStep) {
        switch mlp {
        case .dense(let mlp):
            let (inner, activated) = (step.scratch.inner, step.scratch.activated)
            mlp.forward(input, into: output, inner: inner, activated: activated, backend: step.backend)
        case .mixture(let mixture): mixture.forward(input, into: output, step: step)
        }
    }

    private func finish(_ result: Tensor, norm: Norm?, backend: any Backend) {
        norm?.forward(result, into: result, backend: backend)
        if residualScale != 1 { backend.scale(result, by: residualScale) }
    }

    /// The matrices that every token passes.
    var linears: [Linear] {
        let first =
            switch attention {
            case .grouped(let attention): [attention.qkvProj, attention.oProj]
            case .latent(let attention): attention.linears
            }
        switch mlp {
        case .dense(let mlp): return first + [mlp.first, mlp.down]
        case .mixture(let mixture): return first + mixture.linears
        }
    }
}
