import MartletCheckpoints
import MartletTensors

/// Mixtral: Mistral's layers with experts.
///
/// - SeeAlso: `MixtralForCausalLM` of `transformers`; arXiv:2401.04088.
enum Mixtral {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "MixtralForCausalLM",
            defaults: DecoderDefaults(kvHeadCount: 8, epsilon: 1e-5, rotary: RotaryDefaults(theta: 1e6)),
            computes: DecoderConfiguration.expertFields
        )
        let window = reader.optionalInteger("sliding_window", in: 1...(1 << 30))
        configuration.readSlidingWindows(&reader, window: window) { _ in true }
        configuration.useExperts(
            &reader,
            countKey: "num_local_experts",
            names: .inSparseBlock,
            intermediateSize: configuration.intermediateSize,
            chosenCount: 2,
            normalizes: true
        )
        return configuration
    }
}
