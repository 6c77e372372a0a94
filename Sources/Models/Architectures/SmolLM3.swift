import MartletCheckpoints
import MartletJSON
import MartletTensors

/// SmolLM 3: Llama's layers, some of them without positions.
///
/// - SeeAlso: `SmolLM3ForCausalLM` of `transformers`.
enum SmolLM3 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "SmolLM3ForCausalLM",
            defaults: DecoderDefaults(
                kvHeadCount: 4,
                epsilon: 1e-6,
                isTied: true,
                rotary: RotaryDefaults(theta: 2e6)
            ),
            computes: ["no_rope_layers", "no_rope_layer_interval"]
        )
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        configuration.hasMLPBias = reader.bool("mlp_bias", default: false)
        let interval = reader.integer("no_rope_layer_interval", in: 1...4096, default: 4)
        let count = configuration.layerCount
        let flags =
            reader.optionalNumbers("no_rope_layers", in: 0...1)
            ?? (0..<count).map { ($0 + 1) % interval == 0 ? 0 : 1 }
        if flags.count != count {
            reader.report("no_rope_layers", .inconsistent("names \(flags.count) layers of \(count)"))
            return configuration
        }
        configuration.layerRotaries = flags.map { $0 == 0 ? nil : 0 }
        let usesWindow = reader.bool("use_sliding_window", default: false)
        let window = usesWindow ? reader.optionalInteger("sliding_window", in: 1...(1 << 30)) : nil
        configuration.readSlidingWindows(&reader, window: window) { flags[$0] == 0 }
        return configuration
    }
}
