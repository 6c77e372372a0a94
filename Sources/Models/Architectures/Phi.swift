import MartletCheckpoints

/// Phi 1, 1.5 and 2: attention and MLP side by side after one norm, biases everywhere.
///
/// - SeeAlso: `PhiForCausalLM` of `transformers`; arXiv:2309.05463.
enum Phi {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.epsilon = "layer_norm_eps"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "PhiForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(
                epsilon: 1e-5,
                activation: "gelu_new",
                rotary: RotaryDefaults(partialFactor: 0.5)
            ),
            computes: ["qk_layernorm"]
        )
        configuration.names.mlpNorm = configuration.names.attentionNorm
        configuration.names.finalNorm = "final_layernorm"
        configuration.names.attentionOutput = "self_attn.dense"
        configuration.names.mlp = .plain(up: "mlp.fc1", down: "mlp.fc2")
        configuration.names.queryKeyNorms = .init("self_attn.q_layernorm", "self_attn.k_layernorm")
        configuration.useLayerNorm()
        configuration.useBias(true)
        configuration.hasLogitBias = !configuration.tieWordEmbeddings
        configuration.isParallel = true
        if reader.bool("qk_layernorm", default: false) {
            configuration.queryKeyNorm = QueryKeyNorm(norm: configuration.norm, span: .head)
        }
        return configuration
    }
}
