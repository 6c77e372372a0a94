import MartletCheckpoints

/// OLMo 1: layer norms without weights, bounded queries, keys and values.
///
/// - SeeAlso: `OlmoForCausalLM` of `transformers`; arXiv:2402.00838.
enum OLMo {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.epsilon = "layer_norm_eps"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "OlmoForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(epsilon: 1e-5),
            computes: ["clip_qkv"]
        )
        configuration.useLayerNorm(hasWeight: false, hasBias: false)
        configuration.qkvLimit = reader.optionalNumber("clip_qkv", in: 1e-3...1e6)
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        return configuration
    }
}
