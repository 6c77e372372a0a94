import MartletTensors

/// A linear projection, or several of one input side by side; its weight's format is the backend's concern.
struct Linear: Sendable {
    /// `[outputs, inputs]`, with biases where the layer has them.
    let weight: Weight

    /// `output[t] = input[t] · weightᵀ + bias` for `[tokens, inputs]` → `[tokens, outputs]`; must not overlap.
    func forward(_ input: Tensor, into output: Tensor, backend: any Backend) {
        backend.linear(input, weight, into: output)
    }
}
