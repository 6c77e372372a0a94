import MartletCheckpoints

/// InternLM 2 and 2.5: Llama's layers under other names, queries, keys and values in one matrix by groups.
///
/// - SeeAlso: arXiv:2403.17297.
enum InternLM2 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "InternLM2ForCausalLM",
            defaults: DecoderDefaults(epsilon: 1e-6)
        )
        configuration.names.embedding = "tok_embeddings"
        configuration.names.output = "output"
        configuration.names.attentionNorm = "attention_norm"
        configuration.names.mlpNorm = "ffn_norm"
        configuration.names.attention = .grouped("attention.wqkv")
        configuration.names.attentionOutput = "attention.wo"
        configuration.names.mlp = .gated(gate: "feed_forward.w1", up: "feed_forward.w3", down: "feed_forward.w2")
        let hasBias = reader.bool("bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        return configuration
    }
}

/// InternLM 3: Llama's layers with biases of their own choice.
enum InternLM3 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "InternLM3ForCausalLM",
            defaults: DecoderDefaults(epsilon: 1e-6)
        )
        configuration.useBias(reader.bool("bias", default: false))
        configuration.hasQKVBias = reader.bool("qkv_bias", default: false)
        return configuration
    }
}
