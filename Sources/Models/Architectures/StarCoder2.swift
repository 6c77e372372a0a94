import MartletCheckpoints

/// StarCoder 2: layer norms, a plain MLP, biases everywhere, a window in every layer.
///
/// - SeeAlso: `Starcoder2ForCausalLM` of `transformers`; arXiv:2402.19173.
enum StarCoder2 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.epsilon = "norm_epsilon"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Starcoder2ForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(kvHeadCount: 2, epsilon: 1e-5, activation: "gelu_pytorch_tanh", isTied: true)
        )
        configuration.names.mlp = .plain(up: "mlp.c_fc", down: "mlp.c_proj")
        configuration.useLayerNorm()
        configuration.useBias(reader.bool("use_bias", default: true))
        let window = reader.optionalInteger("sliding_window", in: 1...(1 << 30))
        configuration.readSlidingWindows(&reader, window: window) { _ in true }
        return configuration
    }
}
