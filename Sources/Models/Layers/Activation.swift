import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The function that a gated MLP applies to its gate.
package enum Activation: Sendable, Hashable, CaseIterable {
    /// `x · sigmoid(x)`, the one that backends have a kernel for.
    case silu
    /// `x · Φ(x)` with the exact error function.
    case gelu
    /// The approximation of `gelu` by a hyperbolic tangent.
    case geluTanh
    /// `max(x, 0)`
    case relu

    /// The function of that name in `hidden_act`.
    package init?(name: String) {
        switch name {
        case "silu", "swish": self = .silu
        case "gelu": self = .gelu
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
        case "relu": self = .relu
        default: return nil
        }
    }

    /// The names that `init(name:)` accepts, for messages.
    package static let names = "silu, swish, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu"

    /// The function's value.
    package func apply(_ x: Float) -> Float {
        switch self {
        case .silu: x / (1 + exp(-x))
        case .gelu: 0.5 * x * (1 + erf(x * 0.707_106_77))
        case .geluTanh: 0.5 * x * (1 + tanh(0.797_884_6 * (x + 0.044_715 * x * x * x)))
        case .relu: max(x, 0)
        }
    }
}
