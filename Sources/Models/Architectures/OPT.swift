import MartletCheckpoints
import MartletTensors

/// OPT: learned positions, a plain MLP, norms before attention and MLP or, in one size, on the sums.
///
/// - SeeAlso: `OPTForCausalLM` of `transformers`; arXiv:2205.01068.
enum OPT {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var keys = DecoderKeys()
        keys.intermediateSize = "ffn_dim"
        keys.epsilon = "layer_norm_eps"
        keys.activation = "activation_function"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "OPTForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(epsilon: 1e-5, activation: "relu", isTied: true, rotary: nil)
        )
        configuration.names = DecoderNames(
            root: "model.decoder.",
            positions: "embed_positions",
            finalNorm: nil,
            attentionNorm: nil,
            mlpNorm: nil,
            attentionOutput: "self_attn.out_proj",
            mlp: .plain(up: "fc1", down: "fc2")
        )
        configuration.positionOffset = 2
        let (first, second) = ("self_attn_layer_norm", "final_layer_norm")
        if reader.bool("do_layer_norm_before", default: true) {
            configuration.names.attentionNorm = first
            configuration.names.mlpNorm = second
            if !reader.bool("_remove_final_layer_norm", default: false) {
                configuration.names.finalNorm = "final_layer_norm"
            }
        } else {
            configuration.names.attentionSumNorm = first
            configuration.names.mlpSumNorm = second
        }
        let isAffine = reader.bool("layer_norm_elementwise_affine", default: true)
        configuration.useLayerNorm(hasWeight: isAffine, hasBias: isAffine)
        configuration.useBias(reader.bool("enable_bias", default: true))
        let width = reader.integer("word_embed_proj_dim", in: 1...(1 << 20), default: configuration.hiddenSize)
        if width != configuration.hiddenSize {
            configuration.embeddingSize = width
            configuration.names.embeddingProjections = .init("project_in", "project_out")
        }
        return configuration
    }
}
