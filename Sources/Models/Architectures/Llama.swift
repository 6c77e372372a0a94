import MartletCheckpoints

/// Llama 1 to 3 and what shares their layers.
///
/// - SeeAlso: `LlamaForCausalLM` of `transformers`; arXiv:2302.13971, arXiv:2407.21783.
enum Llama {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(reader: &reader, architecture: "LlamaForCausalLM")
        let hasAttentionBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasAttentionBias
        configuration.hasOutputBias = hasAttentionBias
        configuration.hasMLPBias = reader.bool("mlp_bias", default: false)
        configuration.refuseWindows(&reader)
        return configuration
    }
}

extension DecoderConfiguration {
    /// For references without windows: a folder that asks for some means another architecture.
    mutating func refuseWindows(_ reader: inout ConfigReader) {
        if reader.optionalInteger("sliding_window", in: 0...Int.max).map({ $0 > 0 }) ?? false {
            reader.report(
                "sliding_window",
                .unsupported(value: "set", supported: "models of this architecture have no windows")
            )
        }
        readSlidingWindows(&reader, window: nil) { _ in false }
    }
}
