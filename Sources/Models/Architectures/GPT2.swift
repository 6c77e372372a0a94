import MartletCheckpoints
import MartletJSON

/// GPT-2: learned positions, one matrix for queries, keys and values, matrices stored as `[inputs, outputs]`.
///
/// - SeeAlso: `GPT2LMHeadModel` of `transformers`.
enum GPT2 {
    /// What the fields of GPT-2 and GPT-J are called.
    static let keys = DecoderKeys(
        hiddenSize: "n_embd",
        intermediateSize: "n_inner",
        layerCount: "n_layer",
        headCount: "n_head",
        epsilon: "layer_norm_epsilon",
        activation: "activation_function",
        maxPositions: "n_positions"
    )

    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "GPT2LMHeadModel",
            keys: keys,
            defaults: DecoderDefaults(
                hasIntermediateSize: true,
                epsilon: 1e-5,
                activation: "gelu_new",
                isTied: true,
                rotary: nil
            )
        )
        configuration.names = DecoderNames(
            root: "transformer.",
            embedding: "wte",
            positions: "wpe",
            layers: "h",
            finalNorm: "ln_f",
            attentionNorm: "ln_1",
            mlpNorm: "ln_2",
            attention: .stacked("attn.c_attn"),
            attentionOutput: "attn.c_proj",
            mlp: .plain(up: "mlp.c_fc", down: "mlp.c_proj"),
            isTransposed: true
        )
        configuration.useLayerNorm()
        configuration.useBias(true)
        if !reader.bool("scale_attn_weights", default: true) { configuration.attentionScale = 1 }
        reader.refuse(["scale_attn_by_inverse_layer_idx"], "scores have one scale in all layers")
        return configuration
    }
}
