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
        let product: Tensor
        if activation == .silu {
            product = scratch.activated.prefix(rows: tokens)
            backend.siluMultiply(gateUp, into: product)
        } else {
            product = applyOnHost(gateUp, backend: backend)
        }
        downProj.forward(product, into: hidden, backend: backend)
    }

    /// Activations without a kernel: computed on the host, over the gate's own columns.
    private func applyOnHost(_ gateUp: Tensor, backend: any Backend) -> Tensor {
        let width = gateUp.shape[1] / 2
        for token in 0..<gateUp.shape[0] {
            backend.withHostRow(gateUp, row: token) { row in
                for column in 0..<width { row[column] = activation.apply(row[column]) * row[width + column] }
            }
        }
        return gateUp.columns(0..<width)
    }
}
