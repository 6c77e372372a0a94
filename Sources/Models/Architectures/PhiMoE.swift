import MartletCheckpoints
import MartletTensors

/// Phi-3.5 with experts: layer norms, two experts by SparseMixer.
///
/// - SeeAlso: `PhimoeForCausalLM` of `transformers`; arXiv:2409.12136.
enum PhiMoE {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "PhimoeForCausalLM",
            defaults: DecoderDefaults(
                kvHeadCount: 8,
                epsilon: 1e-5,
                rotary: RotaryDefaults(theta: 1e6, longropeAliases: ["su"])
            ),
            computes: DecoderConfiguration.expertFields
        )
        configuration.useLayerNorm()
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        configuration.hasLogitBias = reader.bool("lm_head_bias", default: false)
        let window = reader.optionalInteger("sliding_window", in: 1...(1 << 30))
        configuration.readSlidingWindows(&reader, window: window) { _ in true }
        configuration.useExperts(
            &reader,
            countKey: "num_local_experts",
            names: .inSparseBlock,
            intermediateSize: configuration.intermediateSize,
            chosenCount: 2,
            normalizes: false
        )
        let jitter = reader.number("router_jitter_noise", in: 0...1, default: 0.01)
        configuration.mixture?.routing.score = .sparseMixer(jitter: jitter)
        if configuration.mixture?.routing.chosenCount != 2 {
            reader.report("num_experts_per_tok", .unsupported(value: "not 2", supported: "SparseMixer chooses two"))
        }
        return configuration
    }
}
