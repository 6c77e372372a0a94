import MartletJSON
import MartletTensors

/// A `config.json` made of a GGUF file's metadata.
enum GGUFConfiguration {
    /// What the metadata say, in the terms of Hugging Face.
    ///
    /// - Throws: `CheckpointError` that names the field that is missing, of another type, or not supported.
    static func configuration(of model: GGUFModel) throws(CheckpointError) -> JSONObject {
        let architecture = try GGUFArchitecture.of(model)
        let fields = GGUFFields(model: model, prefix: architecture.name + ".")
        var object: JSONObject = JSONObject([
            ("architectures", [.string(architecture.architecture)]), ("model_type", .string(architecture.modelType)),
        ])
        for (key, field) in [
            ("hidden_size", "embedding_length"), ("num_hidden_layers", "block_count"),
            ("num_attention_heads", "attention.head_count"), ("intermediate_size", "feed_forward_length"),
            ("max_position_embeddings", "context_length"),
        ] {
            object[key] = .integer(try fields.integer(field))
        }
        let heads = try fields.integer("attention.head_count")
        object["num_key_value_heads"] = .integer(try fields.optionalInteger("attention.head_count_kv") ?? heads)
        if let (width, rotated) = try fields.headDimension(hidden: object["hidden_size"]?.integer ?? 0, heads: heads) {
            object["head_dim"] = .integer(width)
            object["partial_rotary_factor"] = .double(Double(rotated) / Double(width))
        }
        object[architecture.epsilon.key] = .double(try fields.number(architecture.epsilon.field))
        object["rope_theta"] = .double(try fields.optionalNumber("rope.freq_base") ?? 10_000)
        if var scaling = try fields.ropeScaling() {
            if scaling["rope_type"] == "yarn" { for (key, value) in architecture.yarn { scaling[key] = value } }
            object["rope_scaling"] = .object(scaling)
        }
        let window = try fields.optionalInteger("attention.sliding_window") ?? 0
        object["sliding_window"] = window > 0 ? .integer(window) : .null
        for (key, field) in architecture.integers { object[key] = .integer(try fields.integer(field)) }
        for (key, field) in architecture.numbers {
            if let value = try fields.optionalNumber(field) { object[key] = .double(value) }
        }
        try refuseFactors(architecture, fields)
        for (key, value) in architecture.constants { object[key] = value }
        for (key, value) in try architecture.derived(fields) { object[key] = value }
        addTensors(model, architecture, to: &object)
        for (key, field) in [("bos_token_id", "bos_token_id"), ("eos_token_id", "eos_token_id")] {
            if let id = model.metadata["tokenizer.ggml.\(field)"]?.integer { object[key] = .integer(id) }
        }
        return object
    }

    /// The tokens that end a completion: the end of the text, and of a turn where that is another one.
    static func generationConfiguration(of model: GGUFModel) -> JSONObject? {
        var ids: [Int] = []
        for field in ["eos_token_id", "eot_token_id"] {
            guard let id = model.metadata["tokenizer.ggml." + field]?.integer, !ids.contains(id) else { continue }
            ids.append(id)
        }
        return ids.isEmpty ? nil : JSONObject([("eos_token_id", .array(ids.map { .integer($0) }))])
    }

    /// Factors and bounds of results, and the values that change nothing.
    private static let factors: [(field: String, neutral: Set<Double>)] = [
        ("embedding_scale", [1]), ("residual_scale", [1]), ("logit_scale", [1]), ("attention.scale", [0]),
        ("attention.clamp_kqv", [0]), ("attn_logit_softcapping", [0]), ("final_logit_softcapping", [0]),
        ("expert_weights_scale", [0, 1]),
    ]

    /// Stops at a field that changes results and that the architecture does not compute.
    private static func refuseFactors(
        _ architecture: GGUFArchitecture,
        _ fields: GGUFFields
    ) throws(CheckpointError) {
        let computed = architecture.computed.union(architecture.numbers.values)
        for (field, neutral) in factors where !computed.contains(field) {
            guard let value = try fields.optionalNumber(field), !neutral.contains(value) else { continue }
            throw fields.unsupported(field, "\(value)", "models of this architecture are computed without it")
        }
    }

    /// What the tensors say that no field does: the vocabulary, tied embeddings, biases, layers without experts.
    private static func addTensors(
        _ model: GGUFModel,
        _ architecture: GGUFArchitecture,
        to object: inout JSONObject
    ) {
        var shapes: [String: [Int]] = [:]
        for file in model.files {
            for tensor in file.header.tensors { shapes[tensor.name] = tensor.shape }
        }
        if let rows = shapes["token_embd.weight"]?.first { object["vocab_size"] = .integer(rows) }
        object["tie_word_embeddings"] = .bool(shapes["output.weight"] == nil)
        object["attention_bias"] = .bool(shapes["blk.0.attn_q.bias"] != nil)
        if let count = object["num_experts"]?.integer, count > 0 {
            let layers = min(object["num_hidden_layers"]?.integer ?? 0, shapes.count)
            let dense = (0..<max(layers, 0)).filter { shapes["blk.\($0).ffn_gate_exps.weight"] == nil }
            object["mlp_only_layers"] = .array(dense.map { .integer($0) })
        }
        object["mlp_bias"] = .bool(shapes["blk.0.ffn_up.bias"] != nil)
        for (key, tensor) in architecture.flags { object[key] = .bool(shapes["blk.0." + tensor] != nil) }
    }
}
