import MartletCheckpoints
import MartletTensors

/// Qwen 3, dense: Llama's layers with each query and key head normalized, and windows in the upper layers.
///
/// - SeeAlso: `Qwen3ForCausalLM` of `transformers`; arXiv:2505.09388.
enum Qwen3 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Qwen3ForCausalLM",
            defaults: DecoderDefaults(headDimension: 128, kvHeadCount: 32)
        )
        configuration.queryKeyNorm = QueryKeyNorm(norm: configuration.norm, span: .head)
        let hasAttentionBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasAttentionBias
        configuration.hasOutputBias = hasAttentionBias
        configuration.readQwenWindows(&reader)
        return configuration
    }
}
