import MartletCheckpoints
import MartletTensors

/// BLOOM: ALiBi instead of positions, normalized embeddings.
///
/// - SeeAlso: `BloomForCausalLM` of `transformers`; arXiv:2211.05100.
enum Bloom {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        if reader.value("n_embed") != nil { keys.hiddenSize = "n_embed" }
        if reader.value("n_layer") != nil { keys.layerCount = "n_layer" }
        if reader.value("n_head") != nil { keys.headCount = "n_head" }
        keys.intermediateSize = "n_inner"
        keys.epsilon = "layer_norm_epsilon"
        keys.maxPositions = "seq_length"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "BloomForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(
                hasIntermediateSize: true,
                epsilon: 1e-5,
                activation: "gelu_new",
                maxPositions: 2048,
                isTied: true,
                rotary: nil
            )
        )
        configuration.names.useBigScienceNames()
        configuration.names.embeddingNorm = "word_embeddings_layernorm"
        configuration.useLayerNorm()
        configuration.useBias(true)
        configuration.slopes = SharedTables.alibiSlopes(headCount: configuration.headCount)
        reader.refuse(
            ["apply_residual_connection_post_layernorm"],
            "the residual stream goes past norms, not through them"
        )
        return configuration
    }
}
