import MartletCheckpoints

/// Qwen 2 and 2.5: Llama's layers with biases on queries, keys and values, and windows in the upper layers.
///
/// - SeeAlso: `Qwen2ForCausalLM` of `transformers`; arXiv:2407.10671.
enum Qwen2 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Qwen2ForCausalLM",
            defaults: DecoderDefaults(kvHeadCount: 32)
        )
        configuration.hasQKVBias = true
        configuration.readQwenWindows(&reader)
        return configuration
    }
}

extension DecoderConfiguration {
    /// Windows as Qwen 2 and 3 have them: off unless `use_sliding_window`, from layer `max_window_layers` on.
    mutating func readQwenWindows(_ reader: inout ConfigReader) {
        let isUsed = reader.bool("use_sliding_window", default: false)
        let window = isUsed ? reader.integer("sliding_window", in: 1...(1 << 30), default: 4096) : nil
        let firstWindowed = reader.integer("max_window_layers", in: 0...4096, default: 28)
        readSlidingWindows(&reader, window: window) { $0 >= firstWindowed }
    }
}
