import MartletTensors

/// An MLP: `down(f(gate(x)) · up(x))`, or `down(f(up(x)))` where it has no gate.
struct MLP: Sendable {
    /// What happens between the projections.
    enum Middle: Sendable {
        /// The first projection is gate above up: `[2 × intermediateSize, hiddenSize]`.
        case gated(Gate)
        /// The first projection is `[intermediateSize, hiddenSize]`.
        case plain(Activation)
    }

    /// The way in.
    let first: Linear
    /// What happens between.
    let middle: Middle
    /// The way back: `[hiddenSize, intermediateSize]`.
    let down: Linear

    /// Computes `[tokens, hiddenSize]` through scratch memory; `output` may be `input`.
    ///
    /// - Parameters:
    ///   - input: `[tokens, hiddenSize]`.
    ///   - output: the same shape.
    ///   - inner: at least `[tokens, outputs of the first projection]`.
    ///   - activated: at least `[tokens, intermediateSize]`, apart from `inner`.
    ///   - backend: the device.
    func forward(_ input: Tensor, into output: Tensor, inner: Tensor, activated: Tensor, backend: any Backend) {
        let tokens = input.shape[0]
        let wide = inner.prefix(rows: tokens).columns(0..<first.weight.outputCount)
        let product = activated.prefix(rows: tokens).columns(0..<down.weight.inputCount)
        first.forward(input, into: wide, backend: backend)
        switch middle {
        case .gated(let gate): backend.gate(wide, gate, into: product)
        case .plain(let activation): backend.activate(wide, activation, into: product)
        }
        down.forward(product, into: output, backend: backend)
    }
}
