import MartletCheckpoints

/// MiniCPM 1 and 4: Llama's layers with factors on embeddings, residuals and logits.
///
/// - SeeAlso: arXiv:2404.06395.
enum MiniCPM {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "MiniCPMForCausalLM",
            defaults: DecoderDefaults(epsilon: 1e-6, isTied: true),
            computes: ["scale_emb", "scale_depth", "dim_model_base"]
        )
        configuration.embeddingScale = reader.number("scale_emb", in: -1e6...1e6, default: 1)
        let depth = reader.number("scale_depth", in: -1e6...1e6, default: 1)
        configuration.residualScale = depth / Double(configuration.layerCount).squareRoot()
        let base = reader.number("dim_model_base", in: 1...1e6, default: 1)
        configuration.logitScale = base / Double(configuration.hiddenSize)
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        return configuration
    }
}
