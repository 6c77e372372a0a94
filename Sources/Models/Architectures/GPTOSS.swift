import MartletCheckpoints
import MartletJSON
import MartletTensors

/// gpt-oss: experts with bounded gates, windows in every other layer, a key without value for each head.
///
/// - SeeAlso: `GptOssForCausalLM` of `transformers`; arXiv:2508.10925.
enum GPTOSS {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "GptOssForCausalLM",
            defaults: DecoderDefaults(
                headDimension: 64,
                kvHeadCount: 8,
                epsilon: 1e-5,
                rotary: RotaryDefaults(theta: 150_000)
            ),
            computes: DecoderConfiguration.expertFields
        )
        let hasBias = reader.bool("attention_bias", default: true)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        configuration.hasSinks = true
        let window = reader.integer("sliding_window", in: 1...(1 << 30), default: 128)
        configuration.readSlidingWindows(&reader, window: window) { $0 % 2 == 0 }
        configuration.useExperts(
            &reader,
            countKey: "num_local_experts",
            names: MixtureNames(
                router: "mlp.router",
                routerBias: "mlp.router.bias",
                experts: .interleaved(gateUp: "mlp.experts.gate_up_proj", down: "mlp.experts.down_proj")
            ),
            intermediateSize: configuration.intermediateSize,
            chosenCount: 4,
            normalizes: true
        )
        configuration.mixture?.hasBias = true
        configuration.mixture?.gate = .clamped(
            factor: Float(reader.number("swiglu_alpha", in: 0...1e3, default: 1.702)),
            limit: Float(reader.number("swiglu_limit", in: 1e-3...1e6, default: 7))
        )
        return configuration
    }
}
