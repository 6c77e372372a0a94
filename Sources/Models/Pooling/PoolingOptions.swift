package import MartletCheckpoints
package import MartletJSON

/// What the user asks for beside what a folder says: `--convert` and `--pooler-config`.
package struct PoolingOptions: Sendable, Hashable {
    /// What a model is made into.
    package enum Task: String, Sendable, Hashable {
        /// Vectors of texts.
        case embed
        /// Scores of texts or of pairs.
        case classify
    }

    /// Whether a model that generates is to give vectors.
    package var isWanted: Bool
    /// What a model is made into; `nil` for what its folder says.
    package var task: Task?
    /// How tokens become one vector; `nil` for what its folder says.
    package var mode: PoolingMode?
    /// Whether embeddings have the length 1 and scores are turned into probabilities; `nil` for what its folder says.
    package var usesActivation: Bool?
    /// The tokens whose logits make a score, `no` and `yes`, of a decoder that answers so.
    package var answerTokens: [Int32]?

    /// Options.
    package init(
        isWanted: Bool = false,
        task: Task? = nil,
        mode: PoolingMode? = nil,
        usesActivation: Bool? = nil,
        answerTokens: [Int32]? = nil
    ) {
        self.isWanted = isWanted
        self.task = task
        self.mode = mode
        self.usesActivation = usesActivation
        self.answerTokens = answerTokens
    }

    /// Reads the value of `--pooler-config`.
    ///
    /// - Throws: `CheckpointError` that names the field.
    package mutating func read(poolerConfiguration object: JSONObject) throws(CheckpointError) {
        var reader = ConfigReader(object, path: "--pooler-config")
        let known = [
            "pooling_type", "seq_pooling_type", "use_activation", "normalize", "softmax", "activation", "task",
        ]
        for member in object where !known.contains(member.key) && !member.value.isNull {
            reader.report(member.key, .unsupported(value: "set", supported: known.joined(separator: ", ")))
        }
        for key in ["pooling_type", "seq_pooling_type"] {
            guard let name = reader.optionalString(key) else { continue }
            mode = PoolingMode(name: name)
            if mode == nil { reader.report(key, .unsupported(value: "'\(name)'", supported: PoolingMode.names)) }
        }
        for key in ["use_activation", "normalize", "softmax", "activation"] where reader.value(key) != nil {
            usesActivation = reader.bool(key, default: true)
        }
        if let name = reader.optionalString("task") {
            task = Task(rawValue: name)
            if task == nil { reader.report("task", .unsupported(value: "'\(name)'", supported: "embed, classify")) }
        }
        try reader.finish()
    }
}
