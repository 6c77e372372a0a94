#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps the fewest likeliest tokens whose probabilities add up to at least `p`.
enum TopP {
    /// No kept logit lies below it.
    ///
    /// All tokens lighter than `(1 − p) · total / count` weigh less than `(1 − p) · total` together, so the others reach
    /// `p · total` without them. Slightly low for the rounding of the total.
    static func lowerBound(
        _ topP: Float,
        total: Double,
        count: Int,
        maximum: Float,
        temperature: Float
    ) -> Float {
        let lightest = (1 - Double(topP)) * total / Double(count) * 0.999
        let bound = Double(maximum) + Double(temperature) * log(lightest)
        return max(Float(bound).nextDown, -.greatestFiniteMagnitude)
    }
}
