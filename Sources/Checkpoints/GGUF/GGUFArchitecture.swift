import MartletJSON

/// An architecture that llama.cpp's converter writes, in terms of Hugging Face's.
struct GGUFArchitecture: Sendable {
    /// The value of `general.architecture`, which is the prefix of the architecture's fields too.
    let name: String
    /// The name in `architectures` of a `config.json`.
    let architecture: String
    /// The name in `model_type`.
    let modelType: String
    /// Whether the converter puts the two elements of each rotated pair of a query or key next to each other.
    var hasPairedRows = false
    /// Further fields of a `config.json`, by the names of integers in the metadata.
    var integers: [String: String] = [:]
    /// Further fields of a `config.json` that no metadata say.
    var constants: [String: JSONValue] = [:]

    /// The architectures that can be loaded: one row each.
    static let rows = [
        GGUFArchitecture(
            name: "llama",
            architecture: "LlamaForCausalLM",
            modelType: "llama",
            hasPairedRows: true
        ),
        GGUFArchitecture(name: "qwen2", architecture: "Qwen2ForCausalLM", modelType: "qwen2"),
        GGUFArchitecture(name: "qwen3", architecture: "Qwen3ForCausalLM", modelType: "qwen3"),
        GGUFArchitecture(
            name: "qwen3moe",
            architecture: "Qwen3MoeForCausalLM",
            modelType: "qwen3_moe",
            integers: [
                "num_experts": "expert_count", "num_experts_per_tok": "expert_used_count",
                "moe_intermediate_size": "expert_feed_forward_length",
            ],
            constants: ["norm_topk_prob": true, "decoder_sparse_step": 1]
        ),
    ]

    /// The architecture of a model.
    ///
    /// - Throws: `CheckpointError.invalidGGUF` naming those that are known.
    static func of(_ model: GGUFModel) throws(CheckpointError) -> GGUFArchitecture {
        guard let name = model.metadata["general.architecture"]?.text else {
            throw .invalidGGUF(path: model.path, reason: .missingField("general.architecture"))
        }
        guard let row = rows.first(where: { $0.name == name }) else {
            let known = rows.map(\.name).joined(separator: ", ")
            throw .invalidGGUF(
                path: model.path,
                reason: .unsupportedField(name: "general.architecture", value: "'\(name)'", supported: known)
            )
        }
        return row
    }
}
