#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What is done to results on the host, one vector at a time.
package enum VectorMath {
    /// 1 / (1 + e⁻ˣ), without overflow.
    package static func sigmoid(_ x: Float) -> Float {
        if x >= 0 { return 1 / (1 + exp(-x)) }
        let e = exp(x)
        return e / (1 + e)
    }

    /// Probabilities that sum to 1.
    package static func softmax(_ x: [Float]) -> [Float] {
        let greatest = x.max() ?? 0
        let weights = x.map { exp($0 - greatest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// The vector of length 1 in the same direction; zero stays zero.
    package static func normalized(_ x: [Float]) -> [Float] {
        let length = Float(x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
        return length > 1e-12 ? x.map { $0 / length } : x
    }

    /// The cosine of the angle between two vectors of one width; 0 where one of them is zero.
    package static func cosine(_ x: [Float], _ y: [Float]) -> Float {
        precondition(x.count == y.count, "vectors of \(x.count) and \(y.count) elements")
        var (dot, left, right) = (0.0, 0.0, 0.0)
        for index in x.indices {
            let (a, b) = (Double(x[index]), Double(y[index]))
            dot += a * b
            left += a * a
            right += b * b
        }
        let lengths = (left * right).squareRoot()
        return lengths > 0 ? Float(dot / lengths) : 0
    }
}
