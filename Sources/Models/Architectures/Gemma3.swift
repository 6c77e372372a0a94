import MartletCheckpoints
import MartletJSON

/// Gemma 3, text: normalized query and key heads, windows with rotations of their own in most layers.
///
/// - SeeAlso: `Gemma3ForCausalLM` of `transformers`; arXiv:2503.19786.
enum Gemma3 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = Gemma.family(
            &reader,
            architecture: "Gemma3ForCausalLM",
            kvHeadCount: 4,
            rotary: RotaryDefaults(theta: 1e6, layerType: "full_attention"),
            computes: Gemma2.computed
        )
        configuration.readGemmaScores(&reader, softCap: nil, logitSoftCap: nil)
        configuration.queryKeyNorm = QueryKeyNorm(norm: configuration.norm, span: .head)
        let pattern =
            reader.optionalInteger("sliding_window_pattern", in: 1...4096)
            ?? reader.integer("_sliding_window_pattern", in: 1...4096, default: 6)
        let window = reader.integer("sliding_window", in: 1...(1 << 30), default: 4096)
        configuration.readSlidingWindows(&reader, window: window) { ($0 + 1) % pattern != 0 }
        configuration.readWindowRotation(
            &reader,
            defaults: RotaryDefaults(
                thetaKey: "rope_local_base_freq",
                layerType: "sliding_attention",
                ignoresScaling: true
            )
        )
        return configuration
    }
}

extension DecoderConfiguration {
    /// Gives layers with windows rotations of their own; the scaling of the others does not lengthen the context.
    mutating func readWindowRotation(_ reader: inout ConfigReader, defaults: RotaryDefaults) {
        let length = rotary.maxPositionEmbeddings
        rotaries.append(
            RotaryConfiguration(
                reader: &reader,
                headDimension: headDimension,
                maxPositionEmbeddings: length,
                defaults: defaults
            )
        )
        layerRotaries = slidingWindows.map { $0 == nil ? 0 : 1 }
        maxPositions = length
    }
}
