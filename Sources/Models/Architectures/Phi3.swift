import MartletCheckpoints
import MartletJSON

/// Phi 3, 3.5 and 4: Llama's layers with fused projections, longrope, and a share of each head rotated.
///
/// - SeeAlso: `Phi3ForCausalLM` of `transformers`; arXiv:2404.14219.
enum Phi3 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Phi3ForCausalLM",
            defaults: DecoderDefaults(epsilon: 1e-5, rotary: RotaryDefaults(longropeAliases: ["su", "yarn"]))
        )
        configuration.names.attention = .stacked("self_attn.qkv_proj")
        configuration.names.mlp = .stackedGate(gateUp: "mlp.gate_up_proj", down: "mlp.down_proj")
        let window = reader.optionalInteger("sliding_window", in: 1...(1 << 30))
        configuration.readSlidingWindows(&reader, window: window) { _ in true }
        reader.refuse(["attention_bias", "mlp_bias"], "Phi-3's projections have no biases")
        return configuration
    }
}
