import MartletJSON
import MartletTensors

/// A `config.json` made of a GGUF file's metadata.
enum GGUFConfiguration {
    /// What the metadata say, in the terms of Hugging Face.
    ///
    /// - Throws: `CheckpointError` that names the field that is missing, of another type, or not supported.
    static func configuration(of model: GGUFModel) throws(CheckpointError) -> JSONObject {
        let architecture = try GGUFArchitecture.of(model)
        let fields = Fields(model: model, prefix: architecture.name + ".")
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
        if let width = try fields.headDimension() { object["head_dim"] = .integer(width) }
        object["rms_norm_eps"] = .double(try fields.number("attention.layer_norm_rms_epsilon"))
        object["rope_theta"] = .double(try fields.optionalNumber("rope.freq_base") ?? 10_000)
        if let scaling = try fields.ropeScaling() { object["rope_scaling"] = .object(scaling) }
        let window = try fields.optionalInteger("attention.sliding_window") ?? 0
        object["sliding_window"] = window > 0 ? .integer(window) : .null
        for (key, field) in architecture.integers { object[key] = .integer(try fields.integer(field)) }
        for (key, value) in architecture.constants { object[key] = value }
        addTensors(model, to: &object)
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

    /// What the tensors say that no field does: the vocabulary, tied embeddings, biases, layers without experts.
    private static func addTensors(_ model: GGUFModel, to object: inout JSONObject) {
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
    }
}

/// The fields of an architecture.
private struct Fields {
    let model: GGUFModel
    let prefix: String

    func optionalInteger(_ name: String) throws(CheckpointError) -> Int? {
        guard let value = model.metadata[prefix + name] else { return nil }
        guard let integer = value.integer else { throw missing(name) }
        return integer
    }

    func integer(_ name: String) throws(CheckpointError) -> Int {
        guard let value = try optionalInteger(name) else { throw missing(name) }
        return value
    }

    func optionalNumber(_ name: String) throws(CheckpointError) -> Double? {
        guard let value = model.metadata[prefix + name] else { return nil }
        guard let number = value.number, number.isFinite else { throw missing(name) }
        return number
    }

    func number(_ name: String) throws(CheckpointError) -> Double {
        guard let value = try optionalNumber(name) else { throw missing(name) }
        return value
    }

    func missing(_ name: String) -> CheckpointError {
        .invalidGGUF(path: model.path, reason: .missingField(prefix + name))
    }

    func unsupported(_ name: String, _ value: String, _ supported: String) -> CheckpointError {
        .invalidGGUF(
            path: model.path,
            reason: .unsupportedField(name: prefix + name, value: value, supported: supported)
        )
    }

    /// The width of a head: of keys, values and rotations alike.
    func headDimension() throws(CheckpointError) -> Int? {
        let rotated = try optionalInteger("rope.dimension_count")
        guard let width = try optionalInteger("attention.key_length") ?? rotated else { return nil }
        for name in ["attention.value_length", "rope.dimension_count"] {
            guard let other = try optionalInteger(name), other != width else { continue }
            throw unsupported(name, "\(other)", "\(width), the width of keys")
        }
        return width
    }

    /// How rotations are scaled: the file's factors for each pair, or a rule.
    func ropeScaling() throws(CheckpointError) -> JSONObject? {
        if let factors = try ropeFactors() {
            let list = JSONValue.array(factors.map { .double(Double($0)) })
            return JSONObject([
                ("rope_type", "longrope"), ("short_factor", list), ("long_factor", list), ("factor", .double(1)),
                ("attention_factor", .double(1)),
                ("original_max_position_embeddings", .integer(try integer("context_length"))),
            ])
        }
        let type = model.metadata[prefix + "rope.scaling.type"]?.text ?? "none"
        guard type != "none" else { return nil }
        guard type == "linear" || type == "yarn" else {
            throw unsupported("rope.scaling.type", "'\(type)'", "none, linear, yarn")
        }
        var scaling = JSONObject([
            ("rope_type", .string(type)), ("factor", .double(try number("rope.scaling.factor"))),
        ])
        if let length = try optionalInteger("rope.scaling.original_context_length") {
            scaling["original_max_position_embeddings"] = .integer(length)
        }
        return scaling
    }

    /// What each frequency is divided by, where the file has a tensor of it.
    private func ropeFactors() throws(CheckpointError) -> [Float]? {
        for file in model.files {
            guard let tensor = file.header.tensors.first(where: { $0.name == "rope_freqs.weight" }) else { continue }
            guard tensor.type == .f32, tensor.shape.count == 1, tensor.shape[0] <= 4096 else {
                throw .invalidGGUF(
                    path: file.path,
                    reason: .invalidTensor(name: tensor.name, reason: "it is no vector of F32")
                )
            }
            let start = unsafe file.storage.baseAddress + tensor.byteRange.lowerBound
            return (0..<tensor.shape[0]).map {
                unsafe start.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
            }
        }
        return nil
    }
}
