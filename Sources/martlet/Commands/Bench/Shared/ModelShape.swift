import ArgumentParser
import MartletJSON

/// The dimensions of a well-known model, for measuring with weights that mean nothing.
struct ModelShape: ExpressibleByArgument {
    let name: String
    let architecture: String
    let modelType: String
    let hiddenSize: Int
    let intermediateSize: Int
    let layerCount: Int
    /// Query heads, key/value heads and the width of each.
    let heads: (query: Int, keyValue: Int, width: Int)
    let vocabularySize: Int
    let tiesWordEmbeddings: Bool
    let ropeTheta: Double
    let maxPositions: Int

    /// Every shape.
    static let all = [
        ModelShape(
            name: "qwen3-0.6b",
            architecture: "Qwen3ForCausalLM",
            modelType: "qwen3",
            hiddenSize: 1024,
            intermediateSize: 3072,
            layerCount: 28,
            heads: (16, 8, 128),
            vocabularySize: 151_936,
            tiesWordEmbeddings: true,
            ropeTheta: 1_000_000,
            maxPositions: 40_960
        ),
        ModelShape(
            name: "qwen3-1.7b",
            architecture: "Qwen3ForCausalLM",
            modelType: "qwen3",
            hiddenSize: 2048,
            intermediateSize: 6144,
            layerCount: 28,
            heads: (16, 8, 128),
            vocabularySize: 151_936,
            tiesWordEmbeddings: true,
            ropeTheta: 1_000_000,
            maxPositions: 40_960
        ),
        ModelShape(
            name: "qwen3-4b",
            architecture: "Qwen3ForCausalLM",
            modelType: "qwen3",
            hiddenSize: 2560,
            intermediateSize: 9728,
            layerCount: 36,
            heads: (32, 8, 128),
            vocabularySize: 151_936,
            tiesWordEmbeddings: true,
            ropeTheta: 1_000_000,
            maxPositions: 40_960
        ),
        ModelShape(
            name: "llama-3.2-1b",
            architecture: "LlamaForCausalLM",
            modelType: "llama",
            hiddenSize: 2048,
            intermediateSize: 8192,
            layerCount: 16,
            heads: (32, 8, 64),
            vocabularySize: 128_256,
            tiesWordEmbeddings: true,
            ropeTheta: 500_000,
            maxPositions: 131_072
        ),
        ModelShape(
            name: "llama-3-8b",
            architecture: "LlamaForCausalLM",
            modelType: "llama",
            hiddenSize: 4096,
            intermediateSize: 14_336,
            layerCount: 32,
            heads: (32, 8, 128),
            vocabularySize: 128_256,
            tiesWordEmbeddings: false,
            ropeTheta: 500_000,
            maxPositions: 8192
        ),
        ModelShape(
            name: "tiny",
            architecture: "Qwen3ForCausalLM",
            modelType: "qwen3",
            hiddenSize: 64,
            intermediateSize: 128,
            layerCount: 2,
            heads: (4, 2, 16),
            vocabularySize: 512,
            tiesWordEmbeddings: true,
            ropeTheta: 1_000_000,
            maxPositions: 8192
        ),
    ]

    /// The names of all shapes, for help.
    static var names: String { all.map(\.name).joined(separator: ", ") }

    static var allValueStrings: [String] { all.map(\.name) }
    var defaultValueDescription: String { name }

    /// The names and dimensions of the tensors in the order of a checkpoint.
    var tensors: [(name: String, shape: [Int])] {
        let (queries, keys) = (heads.query * heads.width, heads.keyValue * heads.width)
        var tensors: [(String, [Int])] = [("model.embed_tokens.weight", [vocabularySize, hiddenSize])]
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            tensors += [
                (prefix + "input_layernorm.weight", [hiddenSize]),
                (prefix + "self_attn.q_proj.weight", [queries, hiddenSize]),
                (prefix + "self_attn.k_proj.weight", [keys, hiddenSize]),
                (prefix + "self_attn.v_proj.weight", [keys, hiddenSize]),
                (prefix + "self_attn.o_proj.weight", [hiddenSize, queries]),
            ]
            if modelType == "qwen3" {
                tensors += [
                    (prefix + "self_attn.q_norm.weight", [heads.width]),
                    (prefix + "self_attn.k_norm.weight", [heads.width]),
                ]
            }
            tensors += [
                (prefix + "post_attention_layernorm.weight", [hiddenSize]),
                (prefix + "mlp.gate_proj.weight", [intermediateSize, hiddenSize]),
                (prefix + "mlp.up_proj.weight", [intermediateSize, hiddenSize]),
                (prefix + "mlp.down_proj.weight", [hiddenSize, intermediateSize]),
            ]
        }
        tensors.append(("model.norm.weight", [hiddenSize]))
        if !tiesWordEmbeddings { tensors.append(("lm_head.weight", [vocabularySize, hiddenSize])) }
        return tensors
    }

    /// The content of `config.json`.
    var configuration: JSONValue {
        [
            "architectures": [.string(architecture)], "model_type": .string(modelType), "torch_dtype": "bfloat16",
            "hidden_act": "silu", "hidden_size": .integer(hiddenSize), "intermediate_size": .integer(intermediateSize),
            "num_hidden_layers": .integer(layerCount), "num_attention_heads": .integer(heads.query),
            "num_key_value_heads": .integer(heads.keyValue), "head_dim": .integer(heads.width),
            "vocab_size": .integer(vocabularySize), "tie_word_embeddings": .bool(tiesWordEmbeddings),
            "rope_theta": .double(ropeTheta), "max_position_embeddings": .integer(maxPositions),
            "rms_norm_eps": 1e-6, "attention_bias": false, "mlp_bias": false, "bos_token_id": 0, "eos_token_id": 1,
        ]
    }
}

extension ModelShape {
    init?(argument: String) {
        guard let shape = Self.all.first(where: { $0.name == argument.lowercased() }) else { return nil }
        self = shape
    }
}
