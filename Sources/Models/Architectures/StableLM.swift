import MartletCheckpoints
import MartletTensors

/// StableLM 2 and 3B: layer norms, a share of each head rotated, in one size a norm for each head.
///
/// - SeeAlso: `StableLmForCausalLM` of `transformers`.
enum StableLM {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.epsilon = "layer_norm_eps"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "StableLmForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(
                kvHeadCount: 32,
                epsilon: 1e-5,
                rotary: RotaryDefaults(partialFactor: 0.25)
            ),
            computes: ["qk_layernorm", "use_parallel_residual"]
        )
        configuration.useLayerNorm()
        configuration.hasQKVBias = reader.bool("use_qkv_bias", default: false)
        configuration.isParallel = reader.bool("use_parallel_residual", default: false)
        if configuration.isParallel { configuration.names.mlpNorm = configuration.names.attentionNorm }
        configuration.names.queryKeyNorms = .init("self_attn.q_layernorm", "self_attn.k_layernorm")
        if reader.bool("qk_layernorm", default: false) {
            var norm = configuration.norm
            norm.hasBias = false
            configuration.queryKeyNorm = QueryKeyNorm(norm: norm, span: .listedHeads)
        }
        return configuration
    }
}
