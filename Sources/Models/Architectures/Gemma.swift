import MartletCheckpoints
import MartletJSON
import MartletTensors

/// Gemma 1: embeddings scaled by √hiddenSize, norms with weights around zero, a GELU gate.
///
/// - SeeAlso: `GemmaForCausalLM` of `transformers`; arXiv:2403.08295.
enum Gemma {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        family(&reader, architecture: "GemmaForCausalLM", kvHeadCount: 16, rotary: RotaryDefaults())
    }

    /// What all generations share.
    static func family(
        _ reader: inout ConfigReader,
        architecture: String,
        kvHeadCount: Int,
        rotary: RotaryDefaults,
        computes: Set<String> = []
    ) -> DecoderConfiguration {
        var keys = DecoderKeys()
        if reader.value("hidden_activation") != nil { keys.activation = "hidden_activation" }
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: architecture,
            keys: keys,
            defaults: DecoderDefaults(
                headDimension: 256,
                kvHeadCount: kvHeadCount,
                epsilon: 1e-6,
                activation: "gelu_pytorch_tanh",
                isTied: true,
                rotary: rotary
            ),
            computes: computes
        )
        // the reference takes the exact function for a mistake of early configurations
        if configuration.activation == .gelu { configuration.activation = .geluTanh }
        configuration.norm.weightOffset = 1
        configuration.embeddingScale = Double(configuration.hiddenSize).squareRoot()
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        return configuration
    }
}
