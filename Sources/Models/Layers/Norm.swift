import MartletTensors

/// The kind of a model's norms.
package struct NormConfiguration: Sendable, Hashable {
    /// What is divided by.
    package enum Kind: Sendable, Hashable {
        /// The root of the mean of squares.
        case rms
        /// The deviation from the mean.
        case layer
    }

    /// What is divided by.
    package var kind = Kind.rms
    /// Added to the mean square or the variance.
    package var epsilon: Double
    /// Added to the stored weights.
    package var weightOffset: Float = 0
    /// Whether there are weights; ones otherwise.
    package var hasWeight = true
    /// Whether there are biases.
    package var hasBias = false

    /// The number of weights for that many elements.
    func parameterCount(_ width: Int) -> Int { (hasWeight ? width : 0) + (hasBias ? width : 0) }
}

/// A normalization of each run of elements of a row.
enum Norm: Sendable {
    /// By the root of the mean of squares; `weight` is `[width]`, float32.
    case rms(weight: Tensor, epsilon: Float)
    /// By mean and variance.
    case layer(LayerNormParameters)

    /// Normalizes each run in each row; `output` may be `input`.
    ///
    /// - Returns: the output.
    @discardableResult
    func forward(_ input: Tensor, into output: Tensor, backend: any Backend) -> Tensor {
        switch self {
        case .rms(let weight, let epsilon): backend.rmsNorm(input, weight: weight, epsilon: epsilon, into: output)
        case .layer(let parameters): backend.layerNorm(input, norm: parameters, into: output)
        }
        return output
    }
}
