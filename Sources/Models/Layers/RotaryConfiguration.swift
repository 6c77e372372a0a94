#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How positions turn into rotations: the base, the rotated width and the scaling for longer contexts.
///
/// Computed in float32, step by step as the reference does, so that rounding agrees at far positions too.
///
/// - SeeAlso: RoFormer, arXiv:2104.09864; YaRN, arXiv:2309.00071; `modeling_rope_utils` of `transformers`.
package struct RotaryConfiguration: Sendable, Hashable {
    /// How frequencies change for contexts beyond the pretrained one.
    package enum Scaling: Sendable, Hashable {
        /// Not at all.
        case none
        /// All frequencies divided by a factor.
        case linear(factor: Double)
        /// The base grows with the position beyond the pretrained length ("NTK"); a position's rotation depends on
        /// that position alone, so that cached keys stay valid.
        case dynamic(factor: Double)
        /// Interpolation by wavelength between two bounds.
        case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Int)
        /// Interpolation by the number of rotations over the pretrained length.
        case yarn(YaRN)
        /// A factor for each frequency: one list for models that serve the pretrained length, one for longer ones.
        case longrope(LongRope)
    }

    /// The parameters of longrope.
    package struct LongRope: Sendable, Hashable {
        /// What each frequency is divided by within the pretrained length.
        package var shortFactors: [Double]
        /// The same beyond.
        package var longFactors: [Double]
        /// The pretrained length.
        package var originalLength: Int
        /// The factor on cosines and sines within the pretrained length.
        package var shortAttentionFactor: Double
        /// The same beyond.
        package var longAttentionFactor: Double
    }

    /// The parameters of YaRN.
    package struct YaRN: Sendable, Hashable {
        /// How many times longer the context is.
        package var factor: Double
        /// The pretrained length.
        package var originalLength: Int
        /// Frequencies with more rotations than this are kept.
        package var betaFast: Double
        /// Frequencies with fewer rotations than this are interpolated.
        package var betaSlow: Double
        /// The factor on cosines and sines.
        package var attentionFactor: Double
        /// Whether the bounds are rounded outwards to whole dimensions.
        package var truncate: Bool
    }

    /// The base of the frequencies.
    package var theta: Double
    /// How many elements of a head are rotated; even.
    package var dimension: Int
    /// The scaling.
    package var scaling: Scaling
    /// The length that `max_position_embeddings` gives.
    package var maxPositionEmbeddings: Int

    /// Whether positions beyond `maxPositions` have rotations that the model can use.
    package var extendsBeyondMaxPositions: Bool { if case .dynamic = scaling { true } else { false } }

    /// The longest sequence that the rotations are meant for.
    package var maxPositions: Int {
        switch scaling {
        case .none, .dynamic, .llama3, .longrope: maxPositionEmbeddings
        case .linear(let factor): Int(Double(maxPositionEmbeddings) * factor)
        case .yarn(let yarn): Int(Double(yarn.originalLength) * yarn.factor)
        }
    }

    /// The factor on cosines and sines, for a model that serves sequences of at most `length` tokens.
    package func attentionFactor(length: Int) -> Float {
        switch scaling {
        case .none, .linear, .dynamic, .llama3: 1
        case .yarn(let yarn): Float(yarn.attentionFactor)
        case .longrope(let longrope):
            Float(length > longrope.originalLength ? longrope.longAttentionFactor : longrope.shortAttentionFactor)
        }
    }

    /// The angle per position of each pair, `[dimension / 2]`, for positions within the pretrained length.
    private func inverseFrequencies(length: Int) -> [Float] {
        let plain = Self.inverseFrequencies(theta: Float(theta), dimension: dimension)
        switch scaling {
        case .none, .dynamic: return plain
        case .linear(let factor): return plain.map { $0 / Float(factor) }
        case .llama3(let factor, let low, let high, let length):
            return plain.map {
                Self.llama3($0, factor: Float(factor), low: Float(low), high: Float(high), length: Float(length))
            }
        case .yarn(let yarn): return interpolated(plain, yarn)
        case .longrope(let longrope):
            let factors = length > longrope.originalLength ? longrope.longFactors : longrope.shortFactors
            return zip(stride(from: 0, to: dimension, by: 2), factors).map { index, factor in
                1 / (Float(factor) * pow(Float(theta), Float(index) / Float(dimension)))
            }
        }
    }

    /// The angle per position of each pair, `[dimension / 2]`, at one position.
    ///
    /// - Parameters:
    ///   - position: the position.
    ///   - length: the longest sequence that the model serves: longrope rotates all positions alike, by that length.
    /// - Returns: the angles.
    package func inverseFrequencies(at position: Int, length: Int) -> [Float] {
        guard case .dynamic(let factor) = scaling, position >= maxPositionEmbeddings else {
            return inverseFrequencies(length: length)
        }
        let ratio = Double(position + 1) / Double(maxPositionEmbeddings)
        let growth = pow(factor * ratio - (factor - 1), Double(dimension) / Double(dimension - 2))
        return Self.inverseFrequencies(theta: Float(theta * growth), dimension: dimension)
    }

    /// Whether the frequencies are the same at both positions.
    func sharesFrequencies(_ position: Int, _ other: Int) -> Bool {
        guard case .dynamic = scaling else { return true }
        return position == other || max(position, other) < maxPositionEmbeddings
    }

    private static func inverseFrequencies(theta: Float, dimension: Int) -> [Float] {
        stride(from: 0, to: dimension, by: 2).map { 1 / pow(theta, Float($0) / Float(dimension)) }
    }

    private static func llama3(_ frequency: Float, factor: Float, low: Float, high: Float, length: Float) -> Float {
        let wavelength = 2 * Float.pi / frequency
        if wavelength < length / high { return frequency }
        if wavelength > length / low { return frequency / factor }
        let smooth = (length / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
    }

    private func interpolated(_ plain: [Float], _ yarn: YaRN) -> [Float] {
        // the dimension whose wavelength makes that many rotations over the pretrained length
        func correctionDimension(_ rotations: Double) -> Double {
            Double(dimension) * log(Double(yarn.originalLength) / (rotations * 2 * .pi)) / (2 * log(theta))
        }
        var low = correctionDimension(yarn.betaFast)
        var high = correctionDimension(yarn.betaSlow)
        if yarn.truncate {
            low = low.rounded(.down)
            high = high.rounded(.up)
        }
        low = max(low, 0)
        high = min(high, Double(dimension - 1))
        if low == high { high += 0.001 }
        return plain.enumerated().map { index, frequency in
            let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
            let kept = 1 - ramp
            return frequency / Float(yarn.factor) * (1 - kept) + frequency * kept
        }
    }
}
