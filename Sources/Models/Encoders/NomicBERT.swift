import MartletCheckpoints
import MartletTensors

/// Nomic BERT: BERT with rotated queries and keys, a gated MLP and no biases in its projections.
///
/// Its folders call their fields as GPT-2 does (`n_embd`) or as BERT does.
///
/// - SeeAlso: `NomicBertModel` of `transformers`; arXiv:2402.01613.
enum NomicBERT {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> EncoderConfiguration {
        let isOld = reader.value("n_embd") != nil
        let keys =
            isOld
            ? EncoderKeys(
                hiddenSize: "n_embd",
                intermediateSize: "n_inner",
                layerCount: "n_layer",
                headCount: "n_head",
                activation: "hidden_act",
                layerNormEpsilon: "layer_norm_epsilon"
            ) : EncoderKeys(defaultEpsilon: 1e-12)
        var configuration = EncoderConfiguration(reader: &reader, architecture: "NomicBertModel", keys: keys)
        configuration.isGated = true
        configuration.activation = .silu
        configuration.typeCount = reader.integer("type_vocab_size", in: 0...(1 << 16), default: 2)
        configuration.hasAttentionBias = reader.bool("qkv_proj_bias", default: false)
        configuration.hasUpBias = reader.bool("mlp_fc1_bias", default: false)
        configuration.hasDownBias = reader.bool("mlp_fc2_bias", default: false)
        checkActivation(&reader, key: isOld ? "activation_function" : "hidden_act")
        for key in ["prenorm", "use_rms_norm", "parallel_block", "causal", "rotary_emb_interleaved"]
        where reader.bool(key, default: false) {
            reader.report(key, .unsupported(value: "true", supported: "false"))
        }
        if reader.number("rotary_emb_fraction", in: 0...1, default: 1) != 1 {
            reader.report("rotary_emb_fraction", .unsupported(value: "below 1", supported: "1"))
        }
        let length = reader.integer(isOld ? "n_positions" : "max_position_embeddings", in: 1...(1 << 20))
        // beyond the trained length the reference changes the rotations
        configuration.maxPositions = min(
            length,
            reader.integer("max_trained_positions", in: 1...(1 << 20), default: length)
        )
        configuration.positions = .rotary(
            thetas: Array(repeating: theta(&reader, isOld: isOld), count: configuration.layerCount)
        )
        return configuration
    }

    private static func theta(_ reader: inout ConfigReader, isOld: Bool) -> Double {
        if isOld { return reader.number("rotary_emb_base", in: 1...1e12) }
        guard var parameters = reader.optionalObject("rope_parameters") else {
            return reader.number("rope_theta", in: 1...1e12, default: 1000)
        }
        let theta = parameters.number("rope_theta", in: 1...1e12, default: 1000)
        if let type = parameters.optionalString("rope_type"), type != "default" {
            parameters.report("rope_type", .unsupported(value: "'\(type)'", supported: "default"))
        }
        reader.merge(parameters)
        return theta
    }

    private static func checkActivation(_ reader: inout ConfigReader, key: String) {
        let name = reader.optionalString(key) ?? "silu"
        guard ["silu", "swish", "swiglu"].contains(name) else {
            return reader.report(key, .unsupported(value: "'\(name)'", supported: "silu, swiglu"))
        }
    }

    /// The names of its tensors.
    static let names = EncoderNames(
        prefixes: ["", "bert.", "nomic_bert."],
        wordTable: "embeddings.word_embeddings",
        typeTable: "embeddings.token_type_embeddings",
        embeddingNorm: "emb_ln",
        layers: "encoder.layers.",
        projections: ["attn.Wqkv"],
        attentionOutput: "attn.out_proj",
        attentionNorm: "norm1",
        up: ["mlp.fc12", "mlp.fc11"],
        down: "mlp.fc2",
        outputNorm: "norm2"
    )
}
