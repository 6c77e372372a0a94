import MartletCheckpoints
import MartletJSON
import MartletTensors

/// Command-R: attention and MLP side by side after one norm, neighbouring elements rotated, scaled logits.
///
/// - SeeAlso: `CohereForCausalLM` of `transformers`.
enum Cohere {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = family(&reader, architecture: "CohereForCausalLM", theta: 500_000)
        if reader.bool("use_qk_norm", default: false) {
            configuration.queryKeyNorm = QueryKeyNorm(norm: configuration.norm, span: .ownHead)
        }
        configuration.refuseWindows(&reader)
        return configuration
    }

    /// What both generations share.
    fileprivate static func family(
        _ reader: inout ConfigReader,
        architecture: String,
        theta: Double
    ) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.epsilon = "layer_norm_eps"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: architecture,
            keys: keys,
            defaults: DecoderDefaults(epsilon: 1e-5, isTied: true, rotary: RotaryDefaults(theta: theta)),
            computes: ["logit_scale", "use_qk_norm"]
        )
        configuration.names.mlpNorm = configuration.names.attentionNorm
        configuration.useLayerNorm(hasBias: false)
        configuration.isParallel = true
        configuration.rotaryPairs = .neighbours
        configuration.logitScale = reader.number("logit_scale", in: -1e6...1e6, default: 0.0625)
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        return configuration
    }
}

/// Command-R7B and Command-A: windows with rotations in three layers of four, no positions in the others.
///
/// - SeeAlso: `Cohere2ForCausalLM` of `transformers`.
enum Cohere2 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = Cohere.family(&reader, architecture: "Cohere2ForCausalLM", theta: 10_000)
        reader.refuse(["use_qk_norm"], "heads are not normalized")
        let window = reader.integer("sliding_window", in: 1...(1 << 30), default: 4096)
        let pattern = reader.integer("sliding_window_pattern", in: 1...4096, default: 4)
        configuration.readSlidingWindows(&reader, window: window) { ($0 + 1) % pattern != 0 }
        configuration.layerRotaries = configuration.slidingWindows.map { $0 == nil ? nil : 0 }
        return configuration
    }
}
