package import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A function of each element of a pooled vector.
package enum PooledFunction: Sendable, Hashable {
    /// Nothing.
    case identity
    /// The hyperbolic tangent.
    case tanh
    /// The logistic function, 1 / (1 + e⁻ˣ).
    case sigmoid
    /// One of the functions of MLPs.
    case activation(Activation)
    /// Nothing below zero.
    static let relu = PooledFunction.activation(.relu)

    /// The function of that name in `torch.nn`, its module's path before it or not.
    package init?(torchName name: String) {
        switch name.split(separator: ".").last {
        case "Identity": self = .identity
        case "Tanh": self = .tanh
        case "Sigmoid": self = .sigmoid
        case "ReLU": self = .activation(.relu)
        case "GELU": self = .activation(.gelu)
        case "SiLU": self = .activation(.silu)
        default: return nil
        }
    }

    /// The names that `init(torchName:)` accepts, for messages.
    package static let names = "Identity, Tanh, Sigmoid, ReLU, GELU, SiLU"

    /// Applies the function to each element of some rows.
    func apply(_ rows: Tensor, backend: any Backend) {
        switch self {
        case .identity: return
        case .activation(let activation): backend.activate(rows, activation, into: rows)
        case .tanh: map(rows, backend) { hyperbolicTangent($0) }
        case .sigmoid: map(rows, backend) { 1 / (1 + exp(-$0)) }
        }
    }

    private func map(_ rows: Tensor, _ backend: any Backend, _ body: (Float) -> Float) {
        for row in 0..<rows.shape[0] {
            backend.withHostRow(rows, row: row) { elements in
                for index in elements.indices { elements[index] = body(elements[index]) }
            }
        }
    }
}

/// The hyperbolic tangent of the C library, beside a case of that name.
private func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }

/// One step on the way from a pooled vector to the result.
enum PooledStage: Sendable {
    /// A projection to another width.
    case linear(Linear)
    /// A normalization to mean 0 and variance 1.
    case norm(LayerNormParameters)
    /// A function of each element.
    case function(PooledFunction)
}
