import MartletCheckpoints
import MartletTensors

/// Nemotron 3 and Minitron: layer norms with weights around zero, squared ReLU, half of each head rotated.
///
/// - SeeAlso: `NemotronForCausalLM` of `transformers`; arXiv:2402.16819.
enum Nemotron {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.epsilon = "norm_eps"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "NemotronForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(
                epsilon: 1e-5,
                activation: "relu2",
                rotary: RotaryDefaults(partialFactor: 0.5)
            )
        )
        configuration.names.mlp = .plain(up: "mlp.up_proj", down: "mlp.down_proj")
        configuration.useLayerNorm()
        configuration.norm.weightOffset = 1
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        configuration.hasMLPBias = reader.bool("mlp_bias", default: false)
        return configuration
    }
}
