import MartletJSON

extension GGUFArchitecture {
    /// The architectures that can be loaded: one row each, those with a required field first.
    static let rows = llamaFamily + qwenFamily + gemmaFamily + others

    /// Experts beside each other.
    private static let experts = [
        "ffn_gate_exps": "mlp.experts.*.gate_proj", "ffn_up_exps": "mlp.experts.*.up_proj",
        "ffn_down_exps": "mlp.experts.*.down_proj",
    ]
    private static let layerNorm = "attention.layer_norm_epsilon"
    private static let resultNorms = [
        "post_attention_norm": "post_attention_layernorm", "post_ffw_norm": "post_feedforward_layernorm",
    ]

    private static let llamaFamily = [
        GGUFArchitecture(
            name: "llama",
            requiredField: "expert_count",
            architecture: "MixtralForCausalLM",
            modelType: "mixtral",
            hasPairedRows: true,
            integers: ["num_local_experts": "expert_count", "num_experts_per_tok": "expert_used_count"],
            modules: ["ffn_gate_inp": "block_sparse_moe.gate"],
            lists: [
                "ffn_gate_exps": "block_sparse_moe.experts.*.w1", "ffn_up_exps": "block_sparse_moe.experts.*.w3",
                "ffn_down_exps": "block_sparse_moe.experts.*.w2",
            ]
        ),
        GGUFArchitecture(
            name: "llama",
            architecture: "LlamaForCausalLM",
            modelType: "llama",
            hasPairedRows: true
        ),
        GGUFArchitecture(
            name: "smollm3",
            architecture: "SmolLM3ForCausalLM",
            modelType: "smollm3",
            hasPairedRows: true
        ),
        GGUFArchitecture(
            name: "granite",
            architecture: "GraniteForCausalLM",
            modelType: "granite",
            hasPairedRows: true,
            numbers: graniteFactors
        ),
        GGUFArchitecture(
            name: "granitemoe",
            architecture: "GraniteMoeForCausalLM",
            modelType: "granitemoe",
            hasPairedRows: true,
            integers: ["num_local_experts": "expert_count", "num_experts_per_tok": "expert_used_count"],
            numbers: graniteFactors,
            modules: ["ffn_gate_inp": "block_sparse_moe.router.layer"],
            lists: experts
        ),
    ]

    private static let graniteFactors = [
        "embedding_multiplier": "embedding_scale", "attention_multiplier": "attention.scale",
        "residual_multiplier": "residual_scale", "logits_scaling": "logit_scale",
    ]

    private static let qwenFamily = [
        GGUFArchitecture(name: "qwen2", architecture: "Qwen2ForCausalLM", modelType: "qwen2"),
        GGUFArchitecture(
            name: "qwen2moe",
            architecture: "Qwen2MoeForCausalLM",
            modelType: "qwen2_moe",
            integers: [
                "num_experts": "expert_count", "num_experts_per_tok": "expert_used_count",
                "moe_intermediate_size": "expert_feed_forward_length",
                "shared_expert_intermediate_size": "expert_shared_feed_forward_length",
            ],
            constants: ["norm_topk_prob": false, "decoder_sparse_step": 1],
            flags: ["qkv_bias": "attn_q.bias"],
            modules: [
                "ffn_gate_inp_shexp": "mlp.shared_expert_gate", "ffn_gate_shexp": "mlp.shared_expert.gate_proj",
                "ffn_up_shexp": "mlp.shared_expert.up_proj", "ffn_down_shexp": "mlp.shared_expert.down_proj",
            ],
            lists: experts
        ),
        GGUFArchitecture(name: "qwen3", architecture: "Qwen3ForCausalLM", modelType: "qwen3"),
        GGUFArchitecture(
            name: "qwen3moe",
            architecture: "Qwen3MoeForCausalLM",
            modelType: "qwen3_moe",
            integers: [
                "num_experts": "expert_count", "num_experts_per_tok": "expert_used_count",
                "moe_intermediate_size": "expert_feed_forward_length",
            ],
            constants: ["norm_topk_prob": true, "decoder_sparse_step": 1],
            lists: experts
        ),
    ]

    private static let gemmaNorms = [
        "ffn_norm": "pre_feedforward_layernorm", "post_attention_norm": "post_attention_layernorm",
        "post_ffw_norm": "post_feedforward_layernorm",
    ]

    private static let gemmaFamily = [
        GGUFArchitecture(name: "gemma", architecture: "GemmaForCausalLM", modelType: "gemma", normOffset: 1),
        GGUFArchitecture(
            name: "gemma2",
            architecture: "Gemma2ForCausalLM",
            modelType: "gemma2",
            normOffset: 1,
            computed: ["attn_logit_softcapping", "final_logit_softcapping"],
            modules: gemmaNorms,
            derived: { (fields) throws(CheckpointError) in
                // bounds that are absent are none, where a config.json would mean the defaults
                let bounds = ["attn_logit_softcapping", "final_logit_softcapping"]
                var result: [(String, JSONValue)] = []
                for name in bounds {
                    let value = try fields.optionalNumber(name) ?? 0
                    result.append((name, value > 0 ? .double(value) : .null))
                }
                return result + [("query_pre_attn_scalar", try gemmaScalar(fields, largest: 46))]
            }
        ),
        GGUFArchitecture(
            name: "gemma3",
            architecture: "Gemma3ForCausalLM",
            modelType: "gemma3_text",
            normOffset: 1,
            integers: ["sliding_window": "attention.sliding_window"],
            numbers: [
                "final_logit_softcapping": "final_logit_softcapping", "rope_local_base_freq": "rope.freq_base_swa",
            ],
            modules: gemmaNorms,
            derived: { (fields) throws(CheckpointError) in
                [("query_pre_attn_scalar", try gemmaScalar(fields, largest: 62))]
            }
        ),
    ]

    /// What scores are scaled by: the width of a head, in the largest model of a generation hidden size / heads.
    private static func gemmaScalar(_ fields: GGUFFields, largest layers: Int) throws(CheckpointError) -> JSONValue {
        let heads = try fields.integer("attention.head_count")
        let width = try fields.integer("embedding_length") / max(heads, 1)
        guard try fields.integer("block_count") != layers else { return .integer(width) }
        return .integer(try fields.optionalInteger("attention.key_length") ?? width)
    }

    private static let others = [
        GGUFArchitecture(
            name: "phi3",
            architecture: "Phi3ForCausalLM",
            modelType: "phi3",
            modules: ["attn_qkv": "self_attn.qkv_proj", "ffn_up": "mlp.gate_up_proj"]
        ),
        GGUFArchitecture(
            name: "gpt-oss",
            architecture: "GptOssForCausalLM",
            modelType: "gpt_oss",
            integers: [
                "num_local_experts": "expert_count", "num_experts_per_tok": "expert_used_count",
                "intermediate_size": "expert_feed_forward_length", "sliding_window": "attention.sliding_window",
            ],
            yarn: ["truncate": false],
            modules: [
                "post_attention_norm": "post_attention_layernorm", "ffn_gate_inp": "mlp.router",
                "attn_sinks": "self_attn.sinks",
            ],
            lists: experts
        ),
        GGUFArchitecture(
            name: "starcoder2",
            architecture: "Starcoder2ForCausalLM",
            modelType: "starcoder2",
            epsilon: ("norm_epsilon", layerNorm),
            flags: ["use_bias": "attn_q.bias"],
            modules: ["ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj"]
        ),
        GGUFArchitecture(
            name: "stablelm",
            architecture: "StableLmForCausalLM",
            modelType: "stablelm",
            epsilon: ("layer_norm_eps", layerNorm),
            flags: ["use_qkv_bias": "attn_q.bias"],
            derived: { (fields) throws(CheckpointError) in
                [("use_parallel_residual", .bool(fields.bool("use_parallel_residual") ?? true))]
            }
        ),
        GGUFArchitecture(
            name: "olmo2",
            requiredField: "attention.sliding_window",
            architecture: "Olmo3ForCausalLM",
            modelType: "olmo3",
            modules: resultNorms
        ),
        GGUFArchitecture(name: "olmo2", architecture: "Olmo2ForCausalLM", modelType: "olmo2", modules: resultNorms),
        GGUFArchitecture(
            name: "olmoe",
            architecture: "OlmoeForCausalLM",
            modelType: "olmoe",
            integers: ["num_experts": "expert_count", "num_experts_per_tok": "expert_used_count"],
            numbers: ["clip_qkv": "attention.clamp_kqv"],
            constants: ["norm_topk_prob": false],
            lists: experts
        ),
        GGUFArchitecture(
            name: "command-r",
            architecture: "CohereForCausalLM",
            modelType: "cohere",
            epsilon: ("layer_norm_eps", layerNorm),
            numbers: ["logit_scale": "logit_scale"],
            flags: ["use_qk_norm": "attn_q_norm.weight"]
        ),
        GGUFArchitecture(
            name: "cohere2",
            architecture: "Cohere2ForCausalLM",
            modelType: "cohere2",
            epsilon: ("layer_norm_eps", layerNorm),
            integers: ["sliding_window": "attention.sliding_window"],
            numbers: ["logit_scale": "logit_scale"]
        ),
    ]
}
