/// The names of a GGUF model's tensors in terms of Hugging Face's folders.
struct GGUFTensorNames {
    /// Names outside the layers.
    private static let outer = [
        "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
    ]
    /// What the configuration takes the place of.
    private static let configured: Set<String> = [
        "rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight",
    ]
    /// Modules of a layer: `blk.3.attn_q.weight` is `model.layers.3.self_attn.q_proj.weight`.
    private static let modules = [
        "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
        "ffn_gate_inp": "mlp.gate",
    ]
    /// Matrices of all experts of a layer in one tensor, `[experts, outputs, inputs]`; `*` stands for the expert.
    private static let experts = [
        "ffn_gate_exps": "mlp.experts.*.gate_proj", "ffn_up_exps": "mlp.experts.*.up_proj",
        "ffn_down_exps": "mlp.experts.*.down_proj",
    ]

    private let hasPairedRows: Bool
    private let headCount: Int
    private let kvHeadCount: Int

    /// The names that the model's architecture uses.
    ///
    /// - Throws: `CheckpointError` for an unknown architecture, and for query and key rows that are no pairs of its heads.
    init(_ model: GGUFModel) throws(CheckpointError) {
        let architecture = try GGUFArchitecture.of(model)
        hasPairedRows = architecture.hasPairedRows
        headCount = model.metadata["\(architecture.name).attention.head_count"]?.integer ?? 0
        kvHeadCount = model.metadata["\(architecture.name).attention.head_count_kv"]?.integer ?? headCount
        guard hasPairedRows else { return }
        for file in model.files {
            for tensor in file.header.tensors {
                guard let heads = translated(tensor.name)?.pairedHeadCount, heads != 0 else { continue }
                guard heads > 0, let rows = tensor.shape.first, rows % 2 == 0, rows / 2 % heads == 0 else {
                    throw .invalidGGUF(
                        path: file.path,
                        reason: .invalidTensor(name: tensor.name, reason: "the rows are not pairs of \(heads) heads")
                    )
                }
            }
        }
    }

    /// The names of the experts' matrices that a tensor holds; `nil` for other tensors.
    func expertNames(_ tensor: GGUFTensor) -> [String]? {
        let parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "blk", parts[3] == "weight", let layer = Int(parts[1]),
            let pattern = Self.experts[String(parts[2])], tensor.shape.count == 3, tensor.shape[0] <= 65536
        else { return nil }
        return (0..<tensor.shape[0]).map { index in
            "model.layers.\(layer)." + pattern.replacing("*", with: "\(index)") + ".weight"
        }
    }

    /// A tensor's name, and the heads whose rows stand in pairs (0 for none); `nil` for what the configuration holds.
    func translated(_ name: String) -> (name: String, pairedHeadCount: Int)? {
        if Self.configured.contains(name) { return nil }
        if let known = Self.outer[name] { return (known, 0) }
        let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "blk", Int(parts[1]) != nil else { return (name, 0) }
        let prefix = "model.layers.\(parts[1])."
        guard let dot = parts[2].lastIndex(of: "."), let module = Self.modules[String(parts[2][..<dot])] else {
            return (prefix + parts[2], 0)
        }
        let heads =
            switch module {
            case "self_attn.q_proj": hasPairedRows ? headCount : 0
            case "self_attn.k_proj": hasPairedRows ? kvHeadCount : 0
            default: 0
            }
        return (prefix + module + parts[2][dot...], heads)
    }
}
