/// The names of a GGUF model's tensors in terms of Hugging Face's folders.
struct GGUFTensorNames {
    /// Names outside the layers.
    private static let outer = [
        "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
        "output_norm.bias": "model.norm.bias", "output.weight": "lm_head.weight",
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
    /// Modules whose vector stands for a matrix of one row.
    private static let rows: Set<String> = ["ffn_gate_inp_shexp"]
    /// Parameters that Hugging Face's folders name without an ending.
    private static let bare: Set<String> = ["self_attn.sinks"]

    private let architecture: GGUFArchitecture
    private let headCount: Int
    private let kvHeadCount: Int

    /// The names that the model's architecture uses.
    ///
    /// - Throws: `CheckpointError` for an unknown architecture, and for query and key rows that are no pairs of its heads.
    init(_ model: GGUFModel) throws(CheckpointError) {
        architecture = try GGUFArchitecture.of(model)
        headCount = model.metadata["\(architecture.name).attention.head_count"]?.integer ?? 0
        kvHeadCount = model.metadata["\(architecture.name).attention.head_count_kv"]?.integer ?? headCount
        guard architecture.hasPairedRows else { return }
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

    /// The names of the experts' matrices or vectors that a tensor holds; `nil` for others.
    func listedNames(_ tensor: GGUFTensor) -> [String]? {
        let parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]),
            let pattern = architecture.lists[String(parts[2])], (2...3).contains(tensor.shape.count),
            tensor.shape[0] <= 65536
        else { return nil }
        return (0..<tensor.shape[0]).map { index in
            "model.layers.\(layer)." + pattern.replacing("*", with: "\(index)") + "." + parts[3]
        }
    }

    /// What a tensor's values have been raised by.
    func offset(_ tensor: GGUFTensor) -> Float {
        architecture.normOffset != 0 && tensor.name.hasSuffix("norm.weight") ? architecture.normOffset : 0
    }

    /// A tensor's shape in terms of folders.
    func shape(_ tensor: GGUFTensor) -> [Int] {
        let parts = tensor.name.split(separator: ".")
        guard parts.count == 4, Self.rows.contains(String(parts[2])), tensor.shape.count == 1 else {
            return tensor.shape
        }
        return [1] + tensor.shape
    }

    /// A tensor's name, and the heads whose rows stand in pairs (0 for none); `nil` for what the configuration holds.
    func translated(_ name: String) -> (name: String, pairedHeadCount: Int)? {
        if Self.configured.contains(name) { return nil }
        if let known = Self.outer[name] { return (known, 0) }
        let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "blk", Int(parts[1]) != nil else { return (name, 0) }
        let prefix = "model.layers.\(parts[1])."
        guard let dot = parts[2].lastIndex(of: "."), let module = module(String(parts[2][..<dot])) else {
            return (prefix + parts[2], 0)
        }
        if Self.bare.contains(module) { return (prefix + module, 0) }
        let heads =
            switch module {
            case "self_attn.q_proj": architecture.hasPairedRows ? headCount : 0
            case "self_attn.k_proj": architecture.hasPairedRows ? kvHeadCount : 0
            default: 0
            }
        return (prefix + module + parts[2][dot...], heads)
    }

    private func module(_ name: String) -> String? { architecture.modules[name] ?? Self.modules[name] }
}
