import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

struct ModelRegistryTests {
    private func configuration(_ architecture: String, _ overrides: [String: JSONValue]) throws -> DecoderConfiguration
    {
        var tiny = TinyModel(architecture: architecture)
        tiny.layerCount = 4
        tiny.overrides = overrides
        let folder = try TemporaryFolder()
        try folder.write("config.json", JSONValue.object(tiny.configuration).serialized)
        return try ModelRegistry.configuration(of: try ModelFolder(path: folder.path))
    }

    /// A small model with latent vectors and experts.
    private static func deepSeek(_ overrides: [String: JSONValue]) -> [String: JSONValue] {
        let fields: [String: JSONValue] = [
            "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "kv_lora_rank": 8,
        ]
        return fields.merging(overrides) { _, new in new }
    }

    /// Fields that change the results: a value, and what the message must name.
    static let unsupported: [(String, [String: JSONValue], String)] = [
        ("LlamaForCausalLM", ["hidden_act": "xielu"], "hidden_act"),
        ("LlamaForCausalLM", ["attn_logit_softcapping": 50.0], "attn_logit_softcapping"),
        ("LlamaForCausalLM", ["residual_multiplier": 0.22], "residual_multiplier"),
        ("LlamaForCausalLM", ["num_local_experts": 8], "num_local_experts"),
        ("LlamaForCausalLM", ["sliding_window": 128], "sliding_window"),
        ("LlamaForCausalLM", ["layer_types": ["full_attention"]], "layer_types"),
        ("LlamaForCausalLM", ["rope_scaling": ["type": "su", "factor": 2.0]], "rope_scaling.type"),
        ("LlamaForCausalLM", ["rope_scaling": ["type": "longrope"]], "rope_scaling.short_factor"),
        (
            "Phi3ForCausalLM",
            [
                "original_max_position_embeddings": 64,
                "rope_scaling": ["type": "su", "short_factor": [1.0], "long_factor": [1.0, 1.0, 1.0, 1.0]],
            ], "rope_scaling.short_factor"
        ),
        ("GemmaForCausalLM", ["final_logit_softcapping": 30.0], "final_logit_softcapping"),
        ("Gemma2ForCausalLM", ["query_pre_attn_scalar": 0], "query_pre_attn_scalar"),
        ("Gemma3ForCausalLM", ["sliding_window_pattern": 0], "sliding_window_pattern"),
        ("MixtralForCausalLM", ["num_local_experts": 0], "num_local_experts"),
        ("MixtralForCausalLM", ["num_local_experts": 4, "num_experts_per_tok": 5], "num_experts_per_tok"),
        ("MixtralForCausalLM", ["num_local_experts": 1e18], "num_local_experts"),
        ("Qwen3MoeForCausalLM", ["num_experts": 4], "moe_intermediate_size"),
        ("OlmoeForCausalLM", ["num_experts": 4, "clip_qkv": -1.0], "clip_qkv"),
        ("PhimoeForCausalLM", ["num_local_experts": 4, "num_experts_per_tok": 3], "num_experts_per_tok"),
        ("CohereForCausalLM", ["num_experts": 4], "num_experts"),
        (
            "BloomForCausalLM", ["apply_residual_connection_post_layernorm": true],
            "apply_residual_connection_post_layernorm"
        ),
        ("SmolLM3ForCausalLM", ["no_rope_layers": [1, 0]], "no_rope_layers"),
        ("FalconForCausalLM", ["new_decoder_architecture": true, "parallel_attn": false], "parallel_attn"),
        ("Exaone4ForCausalLM", ["sliding_window": 8, "sliding_window_pattern": "LXG"], "sliding_window_pattern"),
        ("DeepseekV3ForCausalLM", deepSeek(["n_routed_experts": 6]), "n_group"),
        ("DeepseekV3ForCausalLM", deepSeek(["n_routed_experts": 8, "topk_group": 9]), "topk_group"),
        ("DeepseekV2ForCausalLM", deepSeek(["topk_method": "noaux_tc"]), "topk_method"),
        ("DeepseekV2ForCausalLM", deepSeek(["kv_lora_rank": 1e9]), "kv_lora_rank"),
        ("LlamaForCausalLM", ["rope_scaling": ["rope_type": "linear"]], "rope_scaling.factor"),
        ("LlamaForCausalLM", ["rope_scaling": ["rope_type": "linear", "factor": "2"]], "rope_scaling.factor"),
        ("LlamaForCausalLM", ["rope_scaling": ["rope_type": "yarn", "factor": 2.0, "x": 1]], "rope_scaling.x"),
        ("LlamaForCausalLM", ["rope_parameters": ["full_attention": [:]]], "rope_parameters.full_attention"),
        (
            "LlamaForCausalLM", ["rope_scaling": ["rope_type": "llama3", "factor": 8.0]],
            "rope_scaling.original_max_position_embeddings"
        ),
        ("LlamaForCausalLM", ["num_key_value_heads": 3], "num_key_value_heads"),
        ("LlamaForCausalLM", ["num_attention_heads": 0], "num_attention_heads"),
        ("LlamaForCausalLM", ["vocab_size": nil], "vocab_size"),
        ("LlamaForCausalLM", ["hidden_size": 1e300], "hidden_size"),
        ("LlamaForCausalLM", ["head_dim": 7], "head_dim"),
        ("MistralForCausalLM", ["attention_bias": true], "attention_bias"),
        ("Qwen2ForCausalLM", ["layer_types": ["a", "b", "c", "d"]], "layer_types"),
        (
            "Qwen2ForCausalLM",
            ["layer_types": ["sliding_attention", "full_attention", "full_attention", "full_attention"]],
            "layer_types"
        ),
        ("Qwen3ForCausalLM", ["use_sliding_window": "yes"], "use_sliding_window"),
    ]

    @Test("a field that changes results and is not computed is an error that names it", arguments: unsupported)
    func refuses(architecture: String, overrides: [String: JSONValue], field: String) throws {
        let error = try #require(throws: ModelError.self) { try configuration(architecture, overrides) }
        #expect("\(error)".contains("'\(field)'"), "\(error)")
        #expect("\(error)".contains("config.json"))
    }

    @Test("fields that change nothing are accepted")
    func acceptsNeutralFields() throws {
        let neutral: [String: JSONValue] = [
            "quantization_config": nil, "residual_multiplier": 1, "logit_scale": 1.0, "use_mrope": false,
            "pretraining_tp": 2, "rope_scaling": nil, "attention_dropout": 0.1, "whatever": ["a": 1],
        ]
        #expect(throws: Never.self) { try configuration("LlamaForCausalLM", neutral) }
    }

    @Test func readsBothStylesOfPositions() throws {
        let older = try configuration(
            "LlamaForCausalLM",
            ["rope_theta": 5e5, "rope_scaling": ["type": "linear", "factor": 4.0]]
        )
        let newer = try configuration(
            "LlamaForCausalLM",
            ["rope_theta": nil, "rope_parameters": ["rope_type": "linear", "factor": 4.0, "rope_theta": 5e5]]
        )
        #expect(older.rotary == newer.rotary)
        #expect(older.maxPositions == 4 * older.rotary.maxPositionEmbeddings)
        #expect(try configuration("LlamaForCausalLM", ["partial_rotary_factor": 0.5]).rotary.dimension == 4)
    }

    @Test func readsWindows() throws {
        let rules: [String: JSONValue] = [
            "use_sliding_window": true, "sliding_window": 16, "max_window_layers": 3,
        ]
        #expect(try configuration("Qwen2ForCausalLM", rules).slidingWindows == [nil, nil, nil, 16])
        #expect(try configuration("Qwen3ForCausalLM", ["sliding_window": 16]).slidingWindows == [nil, nil, nil, nil])
        #expect(try configuration("MistralForCausalLM", ["sliding_window": 8]).slidingWindows == [8, 8, 8, 8])
        #expect(try configuration("MistralForCausalLM", [:]).slidingWindows == [nil, nil, nil, nil])
        let types: JSONValue = ["sliding_attention", "full_attention", "full_attention", "sliding_attention"]
        let explicit = try configuration(
            "Qwen2ForCausalLM",
            ["use_sliding_window": true, "sliding_window": 5, "layer_types": types]
        )
        #expect(explicit.slidingWindows == [5, nil, nil, 5])
    }

    @Test("defaults are the reference's")
    func defaults() throws {
        #expect(try configuration("Qwen3ForCausalLM", ["head_dim": nil]).headDimension == 128)
        #expect(try configuration("LlamaForCausalLM", ["head_dim": nil]).headDimension == 8)
        #expect(try configuration("LlamaForCausalLM", ["num_key_value_heads": nil]).kvHeadCount == 4)
        #expect(try configuration("LlamaForCausalLM", ["rope_theta": nil]).rotary.theta == 10_000)
    }

    @Test func findsArchitectures() throws {
        let unknown = try #require(throws: ModelError.self) {
            try configuration("LlamaForCausalLM", ["architectures": ["WhisperForCausalLM"]])
        }
        #expect("\(unknown)".contains("WhisperForCausalLM") && "\(unknown)".contains("Qwen3ForCausalLM"))
        let recurrent = try #require(throws: ModelError.self) {
            try configuration("LlamaForCausalLM", ["architectures": ["MambaForCausalLM"]])
        }
        #expect("\(recurrent)".contains("MambaForCausalLM") && "\(recurrent)".contains("recurrent state"))
        let alias = try configuration("Qwen3ForCausalLM", ["architectures": nil, "model_type": "qwen3"])
        #expect(alias.architecture == "Qwen3ForCausalLM" && alias.queryKeyNorm != nil)
        #expect(throws: ModelError.self) {
            try configuration("LlamaForCausalLM", ["architectures": nil, "model_type": nil])
        }
    }

    @Test("the documentation's table is the registry")
    func table() throws {
        let file = Fixtures.repository.appending(path: "Documentation/architectures.md")
        #expect(try String(contentsOf: file, encoding: .utf8).contains("\n\n\(ModelRegistry.table)\n\n"))
    }

    @Test("the largest sizes that are accepted do not overflow what is planned with them")
    func largestSizes() throws {
        let largest: [String: JSONValue] = [
            "vocab_size": 16_777_216, "hidden_size": 1_048_576, "intermediate_size": 4_194_304,
            "num_attention_heads": 4096, "num_key_value_heads": 4096, "head_dim": 4096,
            "max_position_embeddings": 1_073_741_824, "num_local_experts": 65_536, "num_experts_per_tok": 1024,
        ]
        let mixtral = try configuration("MixtralForCausalLM", largest)
        #expect(mixtral.parameterCount > 1 << 60)
        let limits = ForwardLimits(maxBatchedTokens: 4096, maxLogitsRows: 256, maxModelLength: 1 << 20)
        #expect(mixtral.scratchByteCount(limits) > 1 << 40)
    }
}
