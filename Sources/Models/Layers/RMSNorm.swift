import MartletTensors

/// Root-mean-square normalization with a learned scale.
struct RMSNorm: Sendable {
    /// `[width]`, float32.
    let weight: Tensor
    /// Added to the mean square.
    let epsilon: Float

    /// Normalizes each run of `width` elements in each row; `output` may be `input`.
    func forward(_ input: Tensor, into output: Tensor, backend: any Backend) {
        backend.rmsNorm(input, weight: weight, epsilon: epsilon, into: output)
    }
}
