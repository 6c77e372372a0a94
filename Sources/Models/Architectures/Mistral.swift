import MartletCheckpoints
import MartletJSON

/// Mistral 7B and its successors: Llama's layers with a window in every layer.
///
/// - SeeAlso: `MistralForCausalLM` of `transformers`; arXiv:2310.06825.
enum Mistral {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "MistralForCausalLM",
            defaults: DecoderDefaults(kvHeadCount: 8)
        )
        // absent means 4096 in the reference; null means none
        let isAbsent = reader.object["sliding_window"] == nil
        let window = isAbsent ? 4096 : reader.optionalInteger("sliding_window", in: 1...(1 << 30))
        configuration.readSlidingWindows(&reader, window: window) { _ in true }
        for key in ["attention_bias", "mlp_bias"] where reader.bool(key, default: false) {
            reader.report(key, .unsupported(value: "true", supported: "Mistral's projections have no biases"))
        }
        return configuration
    }
}
