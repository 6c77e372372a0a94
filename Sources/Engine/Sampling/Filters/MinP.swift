#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps the tokens whose probability is at least a share of the greatest one.
enum MinP {
    /// No kept logit lies below it; slightly low, `keeps` decides.
    static func lowerBound(_ minP: Float, maximum: Float, temperature: Float) -> Float {
        Float(Double(maximum) + Double(temperature) * log(Double(minP))).nextDown
    }

    /// Whether a weight relative to the greatest is kept.
    static func keeps(_ weight: Double, _ minP: Float) -> Bool { weight >= Double(minP) }
}
