/// A function of one number between two layers.
package enum Activation: Sendable, Hashable, CaseIterable {
    /// `x · σ(x)`
    case silu
    /// `x · Φ(x)` with the exact error function.
    case gelu
    /// The approximation of `gelu` by a hyperbolic tangent.
    case geluTanh
    /// `x · σ(1.702 x)`
    case quickGelu
    /// `max(x, 0)`
    case relu
    /// `max(x, 0)²`
    case reluSquared

    /// The function of that name in `hidden_act`.
    package init?(name: String) {
        switch name {
        case "silu", "swish": self = .silu
        case "gelu": self = .gelu
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
        case "quick_gelu": self = .quickGelu
        case "relu": self = .relu
        case "relu2": self = .reluSquared
        default: return nil
        }
    }

    /// The names that `init(name:)` accepts, for messages.
    package static let names = "silu, swish, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, quick_gelu, relu, relu2"
}

/// How a gated MLP joins its two projections.
package enum Gate: Sendable, Hashable {
    /// `f(gate) · up`
    case activation(Activation)
    /// `g · σ(factor · g) · (u + 1)`, the gate at most `limit`, `up` within `−limit...limit`.
    case clamped(factor: Float, limit: Float)
}

/// Which elements of a head a rotation turns together.
package enum RotaryPairs: Sendable, Hashable {
    /// `(x[i], x[i + d/2])`
    case halves
    /// `(x[2i], x[2i + 1])`
    case neighbours
}

/// A normalization by mean and variance.
package struct LayerNormParameters: Sendable {
    /// The number of elements that are normalized together.
    package var width: Int
    /// `[k × width]`, float32: the factors of `k` groups, then again; `nil` for ones.
    package var weight: Tensor?
    /// `[k × width]`, float32, `k` as for the weight; `nil` for zeros.
    package var bias: Tensor?
    /// Added to the variance.
    package var epsilon: Float

    /// A normalization.
    ///
    /// - Precondition: weight and bias are of one size, a multiple of `width`.
    package init(width: Int, weight: Tensor?, bias: Tensor?, epsilon: Float) {
        let count = weight?.shape.elementCount ?? bias?.shape.elementCount ?? width
        precondition(
            width > 0 && count > 0 && count % width == 0 && (bias?.shape.elementCount ?? count) == count,
            "weights of \(count) for groups of \(width)"
        )
        self.width = width
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }
}
