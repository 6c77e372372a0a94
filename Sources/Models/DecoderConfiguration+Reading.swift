import MartletCheckpoints
import MartletJSON
import MartletTensors

/// What an architecture's own defaults are where `config.json` leaves a field out, as its reference documents them.
struct DecoderDefaults {
    /// `head_dim`; `nil` for hidden size / heads.
    var headDimension: Int?
    /// `num_key_value_heads`; `nil` for as many as query heads.
    var kvHeadCount: Int?
}

extension DecoderConfiguration {
    /// Reads the fields that all architectures of the Llama family have; the rest gets neutral values.
    ///
    /// - Parameters:
    ///   - reader: `config.json`; what is wrong is recorded there.
    ///   - architecture: the name in the registry.
    ///   - defaults: what missing fields mean.
    init(reader: inout ConfigReader, architecture: String, defaults: DecoderDefaults) {
        self.architecture = architecture
        vocabularySize = reader.integer("vocab_size", in: 1...(1 << 24))
        hiddenSize = reader.integer("hidden_size", in: 1...(1 << 20))
        intermediateSize = reader.integer("intermediate_size", in: 1...(1 << 22))
        layerCount = reader.integer("num_hidden_layers", in: 1...4096)
        headCount = reader.integer("num_attention_heads", in: 1...4096)
        kvHeadCount = reader.integer("num_key_value_heads", in: 1...4096, default: defaults.kvHeadCount ?? headCount)
        headDimension = reader.integer(
            "head_dim",
            in: 2...4096,
            default: defaults.headDimension ?? max(2, hiddenSize / headCount)
        )
        rmsNormEpsilon = reader.number("rms_norm_eps", in: 0...1)
        tieWordEmbeddings = reader.bool("tie_word_embeddings", default: false)
        let activationName = reader.optionalString("hidden_act") ?? "silu"
        activation = .silu
        if let known = Activation(name: activationName) {
            activation = known
        } else {
            reader.report("hidden_act", .unsupported(value: "'\(activationName)'", supported: Activation.names))
        }
        let positions = reader.integer("max_position_embeddings", in: 1...(1 << 30))
        rotary = RotaryConfiguration(reader: &reader, headDimension: headDimension, maxPositionEmbeddings: positions)
        hasQKVBias = false
        hasOutputBias = false
        hasMLPBias = false
        hasQKNorm = false
        slidingWindows = Array(repeating: nil, count: layerCount)
        if headCount % kvHeadCount != 0 {
            reader.report("num_key_value_heads", .inconsistent("does not divide num_attention_heads (\(headCount))"))
        }
        if reader.value("head_dim") == nil, defaults.headDimension == nil, hiddenSize % headCount != 0 {
            reader.report("hidden_size", .inconsistent("is not a multiple of num_attention_heads (\(headCount))"))
        }
        UnsupportedField.check(&reader)
    }

    /// Reads which layers see a window only, as `layer_types` or the architecture's own rule says.
    ///
    /// - Parameters:
    ///   - reader: `config.json`.
    ///   - window: how many tokens a windowed layer sees; `nil` where windows are off.
    ///   - isWindowed: the architecture's rule for a layer, where there is no `layer_types`.
    mutating func readSlidingWindows(_ reader: inout ConfigReader, window: Int?, isWindowed: (Int) -> Bool) {
        guard let types = reader.optionalStrings("layer_types") else {
            slidingWindows = (0..<layerCount).map { isWindowed($0) ? window : nil }
            return
        }
        guard types.count == layerCount else {
            reader.report("layer_types", .inconsistent("names \(types.count) layers of \(layerCount)"))
            return
        }
        for (index, type) in types.enumerated() {
            switch type {
            case "full_attention": slidingWindows[index] = nil
            case "sliding_attention":
                slidingWindows[index] = window
                if window == nil {
                    reader.report("layer_types", .inconsistent("has 'sliding_attention' but windows are switched off"))
                    return
                }
            default:
                reader.report(
                    "layer_types",
                    .unsupported(value: "'\(type)'", supported: "full_attention, sliding_attention")
                )
                return
            }
        }
    }
}

/// A field that changes the results of a model and that is computed for one value only.
struct UnsupportedField {
    let key: String
    /// The values that change nothing, beside `null` and absence.
    let neutral: [JSONValue]
    /// What can be computed instead, for messages.
    var supported = "models are computed without it"

    /// Every such field; an architecture that computes one takes it out of the way before the check.
    static let all: [UnsupportedField] = [
        .init(key: "quantization_config", neutral: [], supported: "weights must be float32, bfloat16 or float16"),
        .init(key: "attn_logit_softcapping", neutral: []),
        .init(key: "final_logit_softcapping", neutral: []),
        .init(key: "query_pre_attn_scalar", neutral: []),
        .init(key: "logit_scale", neutral: [1]),
        .init(key: "logits_scaling", neutral: [1]),
        .init(key: "residual_multiplier", neutral: [1]),
        .init(key: "embedding_multiplier", neutral: [1]),
        .init(key: "attention_multiplier", neutral: []),
        .init(key: "scale_emb", neutral: [1]),
        .init(key: "scale_depth", neutral: []),
        .init(key: "num_experts", neutral: [0]),
        .init(key: "num_local_experts", neutral: [0]),
        .init(key: "n_routed_experts", neutral: [0]),
        .init(key: "clip_qkv", neutral: []),
        .init(key: "use_qk_norm", neutral: [false]),
        .init(key: "qk_layernorm", neutral: [false]),
        .init(key: "no_rope_layers", neutral: [[]]),
        .init(key: "no_rope_layer_interval", neutral: [0]),
        .init(key: "rope_interleaved", neutral: [false]),
        .init(key: "attn_temperature_tuning", neutral: [false, 0]),
        .init(key: "use_mrope", neutral: [false]),
        .init(key: "is_causal", neutral: [true]),
        .init(key: "use_bidirectional_attention", neutral: [false]),
        .init(key: "is_encoder_decoder", neutral: [false]),
        .init(key: "add_cross_attention", neutral: [false]),
        .init(key: "cross_attention_layers", neutral: [[]]),
        .init(key: "dual_chunk_attention_config", neutral: []),
        .init(key: "attention_chunk_size", neutral: []),
        .init(key: "pruned_heads", neutral: [[:]]),
    ]

    /// Reports each of these fields that is not neutral.
    static func check(_ reader: inout ConfigReader) {
        for field in all {
            guard let value = reader.value(field.key) else { continue }
            let isNeutral = field.neutral.contains { neutral in
                neutral == value || (neutral.double != nil && neutral.double == value.double)
            }
            if isNeutral { continue }
            let shown: String
            switch value {
            case .object: shown = "set"
            case .array: shown = "a list"
            case .string(let text): shown = "'\(text)'"
            case .bool(let flag): shown = "\(flag)"
            default: shown = value.double.map { "\($0)" } ?? "set"
            }
            reader.report(field.key, .unsupported(value: shown, supported: field.supported))
        }
    }
}
