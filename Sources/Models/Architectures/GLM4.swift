import MartletCheckpoints
import MartletTensors

/// GLM-4 of 2024: neighbouring elements of half of each head rotated, a fused gate.
///
/// - SeeAlso: `GlmForCausalLM` of `transformers`; arXiv:2406.12793.
enum GLM {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        family(&reader, architecture: "GlmForCausalLM")
    }

    fileprivate static func family(_ reader: inout ConfigReader, architecture: String) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: architecture,
            defaults: DecoderDefaults(
                headDimension: 128,
                kvHeadCount: 2,
                epsilon: 1.5625e-7,
                rotary: RotaryDefaults(partialFactor: 0.5)
            )
        )
        configuration.names.mlp = .stackedGate(gateUp: "mlp.gate_up_proj", down: "mlp.down_proj")
        configuration.rotaryPairs = .neighbours
        configuration.hasQKVBias = reader.bool("attention_bias", default: true)
        return configuration
    }
}

/// GLM-4 of 2025: the same with norms on the results of attention and MLP too.
///
/// - SeeAlso: `Glm4ForCausalLM` of `transformers`.
enum GLM4 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = GLM.family(&reader, architecture: "Glm4ForCausalLM")
        configuration.names.attentionResultNorm = "post_self_attn_layernorm"
        configuration.names.mlpResultNorm = "post_mlp_layernorm"
        return configuration
    }
}
