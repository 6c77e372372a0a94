import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps the tokens whose probability is at least a share of the greatest one.
enum MinP {
    /// `exp((logit − maximum) / temperature) ≥ minP`, solved for the logit.
    static func cut(_ minP: Float, maximum: Float, temperature: Float) -> RowCut {
        RowCut(value: Float(Double(maximum) + Double(temperature) * log(Double(minP))), index: .max)
    }
}
