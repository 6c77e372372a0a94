import Foundation

/// A small generator with a seed (SplitMix64), for prompts, arrivals and weights that are the same in every run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in (0, 1).
    mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) / Double(1 << 53) }

    /// A number of the standard normal distribution (Box and Muller).
    mutating func normal() -> Double {
        (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// A number of the gamma distribution (Marsaglia and Tsang): mean `shape` · `scale`.
    mutating func gamma(shape: Double, scale: Double) -> Double {
        // below 1 the density has a pole: draw one shape higher and shrink
        if shape < 1 { return gamma(shape: shape + 1, scale: scale) * pow(uniform(), 1 / shape) }
        let d = shape - 1 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = pow(1 + c * x, 3)
            guard v > 0 else { continue }
            if log(uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v * scale }
        }
    }

    /// A length in `length` · (1 ± `ratio`), at least 1.
    mutating func length(around length: Int, ratio: Double) -> Int {
        let low = max(1, Int((Double(length) * (1 - ratio)).rounded(.down)))
        let high = max(low, Int((Double(length) * (1 + ratio)).rounded(.up)))
        return ratio == 0 ? length : Int.random(in: low...high, using: &self)
    }
}
