import MartletCheckpoints
import MartletJSON
import MartletTensors

/// Baichuan 1 and 2: Llama's layers with queries, keys and values in one matrix; ALiBi in the larger size; output rows
/// of length 1 in the second generation.
///
/// - SeeAlso: arXiv:2309.10305.
enum Baichuan {
    /// The vocabulary by which the second generation is known.
    private static let secondVocabularySize = 125_696

    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        // the larger size states no number of positions, or is known by its shape
        let hasPositions = reader.value("max_position_embeddings") != nil
        let isLarge = reader.value("hidden_size")?.integer == 5120 && reader.value("num_hidden_layers")?.integer == 40
        let hasSlopes = !hasPositions || isLarge
        var keys = DecoderKeys()
        if !hasPositions { keys.maxPositions = "model_max_length" }
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "BaichuanForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(
                epsilon: 1e-6,
                maxPositions: 4096,
                rotary: hasSlopes ? nil : RotaryDefaults()
            )
        )
        configuration.names.attention = .stacked("self_attn.W_pack")
        if hasSlopes { configuration.slopes = SharedTables.alibiSlopes(headCount: configuration.headCount) }
        configuration.normalizesOutputRows = configuration.vocabularySize == secondVocabularySize
        return configuration
    }
}
