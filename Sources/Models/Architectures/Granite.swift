import MartletCheckpoints

/// Granite 3: Llama's layers with factors on embeddings, scores, residuals and logits.
///
/// - SeeAlso: `GraniteForCausalLM` of `transformers`.
enum Granite {
    /// The fields of the four factors.
    static let computed: Set<String> = [
        "embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling",
    ]

    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "GraniteForCausalLM",
            defaults: DecoderDefaults(epsilon: 1e-6),
            computes: computed
        )
        configuration.readGraniteFactors(&reader)
        configuration.hasMLPBias = reader.bool("mlp_bias", default: false)
        return configuration
    }
}

extension DecoderConfiguration {
    /// The factors of Granite models, and their biases of attention.
    mutating func readGraniteFactors(_ reader: inout ConfigReader) {
        embeddingScale = reader.number("embedding_multiplier", in: -1e6...1e6, default: 1)
        attentionScale = reader.number("attention_multiplier", in: 0...1e6, default: 1)
        residualScale = reader.number("residual_multiplier", in: -1e6...1e6, default: 1)
        logitScale = 1 / reader.number("logits_scaling", in: 1e-6...1e6, default: 1)
        let hasBias = reader.bool("attention_bias", default: false)
        hasQKVBias = hasBias
        hasOutputBias = hasBias
    }
}
