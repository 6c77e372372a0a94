import MartletCheckpoints
import MartletJSON

/// GPT-NeoX and Pythia: a share of each head rotated; attention and MLP side by side, each after its own norm, or one
/// after the other.
///
/// - SeeAlso: `GPTNeoXForCausalLM` of `transformers`; arXiv:2204.06745.
enum GPTNeoX {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.epsilon = "layer_norm_eps"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "GPTNeoXForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(
                epsilon: 1e-5,
                activation: "gelu",
                rotary: RotaryDefaults(partialFactor: 0.25, thetaKey: "rotary_emb_base", partialKey: "rotary_pct")
            ),
            computes: ["use_parallel_residual"]
        )
        configuration.names.root = "gpt_neox."
        configuration.names.embedding = "embed_in"
        configuration.names.finalNorm = "final_layer_norm"
        configuration.names.output = "embed_out"
        configuration.names.attention = .grouped("attention.query_key_value")
        configuration.names.attentionOutput = "attention.dense"
        configuration.names.mlp = .plain(up: "mlp.dense_h_to_4h", down: "mlp.dense_4h_to_h")
        configuration.useLayerNorm()
        configuration.useBias(reader.bool("attention_bias", default: true))
        configuration.hasMLPBias = true
        configuration.isParallel = reader.bool("use_parallel_residual", default: true)
        if configuration.kvHeadCount != configuration.headCount {
            reader.report("num_key_value_heads", .inconsistent("differs from num_attention_heads"))
        }
        return configuration
    }
}
