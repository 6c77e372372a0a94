import MartletCheckpoints
import MartletJSON
import MartletTensors

/// GPT-J: attention and MLP side by side after one norm, neighbouring elements of a part of each head rotated.
///
/// - SeeAlso: `GPTJForCausalLM` of `transformers`.
enum GPTJ {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "GPTJForCausalLM",
            keys: GPT2.keys,
            defaults: DecoderDefaults(hasIntermediateSize: true, epsilon: 1e-5, activation: "gelu_new")
        )
        configuration.names = DecoderNames(
            root: "transformer.",
            embedding: "wte",
            layers: "h",
            finalNorm: "ln_f",
            attentionNorm: "ln_1",
            mlpNorm: "ln_1",
            attention: .separate(query: "attn.q_proj", key: "attn.k_proj", value: "attn.v_proj"),
            attentionOutput: "attn.out_proj",
            mlp: .plain(up: "mlp.fc_in", down: "mlp.fc_out")
        )
        configuration.useLayerNorm()
        configuration.hasMLPBias = true
        configuration.hasLogitBias = !configuration.tieWordEmbeddings
        configuration.isParallel = true
        configuration.rotaryPairs = .neighbours
        let rotated = reader.object["rotary_dim"] == nil ? 64 : reader.optionalInteger("rotary_dim", in: 2...4096)
        configuration.rotary.dimension = rotated ?? configuration.headDimension
        if configuration.rotary.dimension > configuration.headDimension || configuration.rotary.dimension % 2 != 0 {
            reader.report("rotary_dim", .inconsistent("is no even share of a head of \(configuration.headDimension)"))
        }
        return configuration
    }
}
