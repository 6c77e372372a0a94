import MartletTensors

/// The gated MLP, `down(activation(gate(x)) · up(x))`.
struct GatedMLP: Sendable {
    /// Gate above up: `[2 × intermediateSize, hiddenSize]`.
    let gateUpProj: Linear
    /// The way back: `[hiddenSize, intermediateSize]`.
    let downProj: Linear
    /// The gate's function.
    let activation: Activation

    /// Transforms `[tokens, hiddenSize]` in place, through scratch memory.
    func forward(_ hidden: Tensor, scratch: ForwardScratch, backend: any Backend) {
        let tokens = hidden.shape[0]
        let gateUp = scratch.gateUp.prefix(rows: tokens)
        gateUpProj.forward(hidden, into: gateUp, backend: backend)
        let product = scratch.activated.prefix(rows: tokens)
        backend.gate(gateUp, .activation(activation), into: product)
        downProj.forward(product, into: hidden, backend: backend)
    }
}
