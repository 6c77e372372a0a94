import MartletCheckpoints
import MartletJSON
import MartletTensors

/// Falcon 1 and 2: one key/value head or groups, attention and MLP side by side, rotations or ALiBi.
///
/// - SeeAlso: `FalconForCausalLM` of `transformers`; arXiv:2311.16867.
enum Falcon {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        let isNew = reader.bool("new_decoder_architecture", default: false)
        let hasOneHead = !isNew && reader.bool("multi_query", default: true)
        let hasSlopes = reader.bool("alibi", default: false)
        var keys = DecoderKeys()
        keys.intermediateSize = "ffn_hidden_size"
        keys.epsilon = "layer_norm_epsilon"
        keys.activation = "activation"
        keys.kvHeadCount = hasOneHead ? "num_key_value_heads" : "num_kv_heads"
        // early configurations have shorter names
        if reader.value("n_embed") != nil { keys.hiddenSize = "n_embed" }
        if reader.value("n_layer") != nil { keys.layerCount = "n_layer" }
        if reader.value("n_head") != nil { keys.headCount = "n_head" }
        if reader.value("n_head_kv") != nil, !hasOneHead { keys.kvHeadCount = "n_head_kv" }
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "FalconForCausalLM",
            keys: keys,
            defaults: DecoderDefaults(
                kvHeadCount: hasOneHead ? 1 : nil,
                hasIntermediateSize: true,
                epsilon: 1e-5,
                activation: "gelu",
                maxPositions: 2048,
                isTied: true,
                rotary: hasSlopes ? nil : RotaryDefaults()
            ),
            computes: ["alibi"]
        )
        configuration.names.useBigScienceNames()
        let name = "self_attention.query_key_value"
        configuration.names.attention = hasOneHead ? .stacked(name) : .grouped(name)
        if !isNew, !hasOneHead, configuration.kvHeadCount != configuration.headCount {
            reader.report("num_kv_heads", .inconsistent("differs from num_attention_heads"))
        }
        configuration.useLayerNorm()
        configuration.useBias(reader.bool("bias", default: false))
        if hasSlopes {
            // slopes are rounded to bfloat16 and scaled with the scores, as in the reference
            configuration.slopes = SharedTables.alibiSlopes(headCount: configuration.headCount).map {
                Self.rounded($0) * Float(configuration.attentionScale)
            }
        }
        readNorms(&reader, &configuration, isNew: isNew)
        return configuration
    }

    private static func readNorms(
        _ reader: inout ConfigReader,
        _ configuration: inout DecoderConfiguration,
        isNew: Bool
    ) {
        configuration.isParallel = reader.bool("parallel_attn", default: true)
        if isNew, !configuration.isParallel {
            reader.report("parallel_attn", .inconsistent("is false with new_decoder_architecture"))
        }
        let normCount = reader.integer("num_ln_in_parallel_attn", in: 1...2, default: isNew ? 2 : 1)
        guard configuration.isParallel else { return }
        if isNew, normCount == 2 {
            configuration.names.attentionNorm = "ln_attn"
            configuration.names.mlpNorm = "ln_mlp"
        } else {
            configuration.names.mlpNorm = configuration.names.attentionNorm
        }
    }

    /// The nearest bfloat16, ties to even.
    private static func rounded(_ value: Float) -> Float {
        let bits = value.bitPattern
        return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
    }
}

extension DecoderNames {
    /// The names of BLOOM and Falcon.
    mutating func useBigScienceNames() {
        root = "transformer."
        embedding = "word_embeddings"
        layers = "h"
        finalNorm = "ln_f"
        attention = .grouped("self_attention.query_key_value")
        attentionOutput = "self_attention.dense"
        mlp = .plain(up: "mlp.dense_h_to_4h", down: "mlp.dense_4h_to_h")
    }
}
