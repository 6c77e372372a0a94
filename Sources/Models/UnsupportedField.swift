import MartletCheckpoints
import MartletJSON

/// A field that changes the results of a model and that is computed for one value only.
struct UnsupportedField {
    let key: String
    /// The values that change nothing, beside `null` and absence.
    let neutral: [JSONValue]
    /// What can be computed instead, for messages.
    var supported = "models of this architecture are computed without it"

    /// Every such field; an architecture names those that it computes.
    static let all: [UnsupportedField] = [
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
        .init(key: "dim_model_base", neutral: []),
        .init(key: "num_experts", neutral: [0]),
        .init(key: "num_local_experts", neutral: [0]),
        .init(key: "n_routed_experts", neutral: [0]),
        .init(key: "shared_expert_intermediate_size", neutral: [0]),
        .init(key: "shared_intermediate_size", neutral: [0]),
        .init(key: "kv_lora_rank", neutral: []),
        .init(key: "clip_qkv", neutral: []),
        .init(key: "use_qk_norm", neutral: [false]),
        .init(key: "qk_layernorm", neutral: [false]),
        .init(key: "alibi", neutral: [false]),
        .init(key: "use_parallel_residual", neutral: [false]),
        .init(key: "no_rope_layers", neutral: [[]]),
        .init(key: "no_rope_layer_interval", neutral: [0]),
        .init(key: "rope_interleaved", neutral: [false]),
        .init(key: "rope_local_base_freq", neutral: []),
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
    static func check(_ reader: inout ConfigReader, except computed: Set<String>) {
        for field in all where !computed.contains(field.key) {
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
