import MartletCheckpoints
import MartletTensors

/// OLMo 2: norms on the results of attention and MLP, queries and keys normalized over all heads.
///
/// - SeeAlso: `Olmo2ForCausalLM` of `transformers`; arXiv:2501.00656.
enum OLMo2 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Olmo2ForCausalLM",
            defaults: DecoderDefaults(epsilon: 1e-5)
        )
        configuration.useOLMo2Layers(&reader)
        configuration.refuseWindows(&reader)
        return configuration
    }
}

/// OLMo 3: OLMo 2 with windows in three layers of four, rotations of their own there.
///
/// - SeeAlso: `Olmo3ForCausalLM` of `transformers`.
enum OLMo3 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Olmo3ForCausalLM",
            defaults: DecoderDefaults(
                epsilon: 1e-5,
                rotary: RotaryDefaults(theta: 500_000, layerType: "full_attention")
            )
        )
        configuration.useOLMo2Layers(&reader)
        let window = reader.integer("sliding_window", in: 1...(1 << 30), default: 4096)
        configuration.readSlidingWindows(&reader, window: window) { ($0 + 1) % 4 != 0 }
        configuration.readWindowRotation(
            &reader,
            defaults: RotaryDefaults(theta: 500_000, layerType: "sliding_attention", ignoresScaling: true)
        )
        return configuration
    }
}

extension DecoderConfiguration {
    /// Norms on results and over all heads.
    fileprivate mutating func useOLMo2Layers(_ reader: inout ConfigReader) {
        names.useResultNorms()
        queryKeyNorm = QueryKeyNorm(norm: norm, span: .row)
        let hasBias = reader.bool("attention_bias", default: false)
        hasQKVBias = hasBias
        hasOutputBias = hasBias
    }
}

extension DecoderNames {
    /// Norms on the results of attention and MLP, none on their inputs.
    mutating func useResultNorms() {
        attentionNorm = nil
        attentionResultNorm = "post_attention_layernorm"
        mlpNorm = nil
        mlpResultNorm = "post_feedforward_layernorm"
    }
}
