import MartletJSON
import MartletTensors

/// The fields of an architecture in a file's metadata.
struct GGUFFields: Sendable {
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

    /// A flag, where it is there.
    func bool(_ name: String) -> Bool? { model.metadata[prefix + name]?.bool }

    /// The width of a head, of keys and values alike, and how much of it is rotated; `nil` where no field says.
    func headDimension(hidden: Int, heads: Int) throws(CheckpointError) -> (width: Int, rotated: Int)? {
        let length = try optionalInteger("attention.key_length")
        let rotated = try optionalInteger("rope.dimension_count")
        guard length != nil || rotated != nil else { return nil }
        let width = length ?? (heads > 0 && hidden % heads == 0 ? hidden / heads : rotated ?? 0)
        if let other = try optionalInteger("attention.value_length"), other != width {
            throw unsupported("attention.value_length", "\(other)", "\(width), the width of keys")
        }
        guard width > 0, rotated ?? width > 0, rotated ?? width <= width else {
            throw unsupported("rope.dimension_count", "\(rotated ?? 0)", "at most \(width), the width of keys")
        }
        return (width, rotated ?? width)
    }

    /// How rotations are scaled: the file's factors for each pair, or a rule.
    func ropeScaling() throws(CheckpointError) -> JSONObject? {
        if let list = try ropeFactors("rope_freqs.weight") {
            return JSONObject([
                ("rope_type", "longrope"), ("short_factor", list), ("long_factor", list), ("factor", .double(1)),
                ("attention_factor", .double(1)),
                ("original_max_position_embeddings", .integer(try integer("context_length"))),
            ])
        }
        if let long = try ropeFactors("rope_factors_long.weight"),
            let short = try ropeFactors("rope_factors_short.weight")
        {
            return JSONObject([
                ("rope_type", "longrope"), ("short_factor", short), ("long_factor", long),
                ("attention_factor", .double(try optionalNumber("rope.scaling.attn_factor") ?? 1)),
                (
                    "original_max_position_embeddings",
                    .integer(try integer("rope.scaling.original_context_length"))
                ),
            ])
        }
        let type = model.metadata[prefix + "rope.scaling.type"]?.text ?? "none"
        guard type != "none" else { return nil }
        guard type == "linear" || type == "yarn" else {
            throw unsupported("rope.scaling.type", "'\(type)'", "none, linear, yarn")
        }
        return try scaling(type)
    }

    /// The fields of a rule that stretches rotations.
    private func scaling(_ type: String) throws(CheckpointError) -> JSONObject {
        var scaling = JSONObject([
            ("rope_type", .string(type)), ("factor", .double(try number("rope.scaling.factor"))),
        ])
        if let length = try optionalInteger("rope.scaling.original_context_length") {
            scaling["original_max_position_embeddings"] = .integer(length)
        }
        for (key, field) in [
            ("beta_fast", "rope.scaling.yarn_beta_fast"), ("beta_slow", "rope.scaling.yarn_beta_slow"),
        ] {
            if type == "yarn", let value = try optionalNumber(field) { scaling[key] = .double(value) }
        }
        return scaling
    }

    /// What each frequency is divided by, where the file has a tensor of it.
    private func ropeFactors(_ name: String) throws(CheckpointError) -> JSONValue? {
        for file in model.files {
            guard let tensor = file.header.tensors.first(where: { $0.name == name }) else { continue }
            guard tensor.type == .f32, tensor.shape.count == 1, tensor.shape[0] <= 4096 else {
                throw .invalidGGUF(
                    path: file.path,
                    reason: .invalidTensor(name: tensor.name, reason: "it is no vector of F32")
                )
            }
            let start = unsafe file.storage.baseAddress + tensor.byteRange.lowerBound
            return .array(
                (0..<tensor.shape[0]).map {
                    unsafe .double(Double(start.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)))
                }
            )
        }
        return nil
    }
}
