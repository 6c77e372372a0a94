package import MartletCheckpoints
import MartletJSON

/// What a sentence-transformers folder says of the way from a text to a vector, beside the encoder itself.
package struct SentenceTransformersFolder: Sendable {
    /// A projection of the pooled vector.
    struct Dense: Sendable {
        /// The module's folder.
        let folder: String
        let inputs: Int
        let outputs: Int
        let hasBias: Bool
        let function: PooledFunction
    }

    /// How tokens become one vector: one mode, or several whose vectors follow each other.
    package private(set) var modes: [PoolingMode] = []
    /// Whether the tokens of a prompt take part in pooling.
    package private(set) var includesPrompt = true
    /// Whether the result has the length 1.
    package private(set) var isNormalized = false
    /// What can be put before a text, by name.
    package private(set) var prompts: [String: String] = [:]
    /// The prompt that is put before every text; `nil` for none.
    package private(set) var defaultPromptName: String?
    /// The longest text in tokens; `nil` where nothing is said.
    package private(set) var maximumLength: Int?
    private(set) var denses: [Dense] = []

    /// The most modules of a folder.
    private static let maximumModuleCount = 16

    /// Reads the module files; `nil` where the folder is of another kind.
    ///
    /// - Throws: `CheckpointError` that names a module that is not implemented, or a field that is wrong.
    package init?(_ folder: ModelFolder) throws(CheckpointError) {
        guard let value = try folder.json(of: "modules.json") else { return nil }
        var reader = ConfigReader(JSONObject(), path: folder.path(of: "modules.json"))
        guard let modules = value.array, modules.count <= Self.maximumModuleCount else {
            reader.report(
                "",
                .wrongKind(expected: "list of at most \(Self.maximumModuleCount) modules", found: value.kind)
            )
            try reader.finish()
            return nil
        }
        for module in modules {
            let name = module["type"]?.string?.split(separator: ".").last.map(String.init) ?? ""
            let path = module["path"]?.string ?? ""
            guard Self.isPlain(path) else {
                reader.report("path", .unsupported(value: "'\(path)'", supported: "a folder beside modules.json"))
                break
            }
            switch name {
            case "Transformer": break
            case "Normalize": isNormalized = true
            case "Pooling": try readPooling(folder, path)
            case "Dense": try readDense(folder, path)
            default:
                reader.report(
                    "type",
                    .unsupported(value: "'\(name)'", supported: "Transformer, Pooling, Dense, Normalize")
                )
            }
        }
        try reader.finish()
        try readPrompts(folder)
        try readLength(folder)
    }

    /// Whether a module's path stays inside the folder.
    private static func isPlain(_ path: String) -> Bool {
        !path.utf8.contains(UInt8(ascii: "/")) && !path.utf8.contains(0) && path != ".." && path != "."
    }

    private mutating func readPooling(_ folder: ModelFolder, _ path: String) throws(CheckpointError) {
        var reader = try Self.reader(folder, path + "/config.json")
        includesPrompt = reader.bool("include_prompt", default: true)
        var names: [String] = []
        switch reader.value("pooling_mode") {
        case .string(let name): names = [name]
        case .array: names = reader.optionalStrings("pooling_mode") ?? []
        default:
            let keys = [
                ("pooling_mode_cls_token", "cls"), ("pooling_mode_max_tokens", "max"),
                ("pooling_mode_mean_tokens", "mean"), ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
                ("pooling_mode_weightedmean_tokens", "weightedmean"), ("pooling_mode_lasttoken", "lasttoken"),
            ]
            names = keys.filter { reader.bool($0.0, default: false) }.map(\.1)
        }
        modes = []
        for name in names {
            if let mode = PoolingMode(name: name) {
                modes.append(mode)
            } else {
                reader.report("pooling_mode", .unsupported(value: "'\(name)'", supported: PoolingMode.names))
            }
        }
        if modes.isEmpty { reader.report("pooling_mode", .missing) }
        try reader.finish()
    }

    private mutating func readDense(_ folder: ModelFolder, _ path: String) throws(CheckpointError) {
        var reader = try Self.reader(folder, path + "/config.json")
        let name = reader.optionalString("activation_function") ?? "Tanh"
        let function = PooledFunction(torchName: name)
        if function == nil {
            reader.report("activation_function", .unsupported(value: "'\(name)'", supported: PooledFunction.names))
        }
        denses.append(
            Dense(
                folder: folder.path(of: path),
                inputs: reader.integer("in_features", in: 1...(1 << 20)),
                outputs: reader.integer("out_features", in: 1...(1 << 20)),
                hasBias: reader.bool("bias", default: true),
                function: function ?? .identity
            )
        )
        try reader.finish()
    }

    private mutating func readPrompts(_ folder: ModelFolder) throws(CheckpointError) {
        guard folder.contains("config_sentence_transformers.json") else { return }
        var reader = try Self.reader(folder, "config_sentence_transformers.json")
        for member in reader.value("prompts")?.object ?? JSONObject() {
            if let text = member.value.string { prompts[member.key] = text }
        }
        defaultPromptName = reader.optionalString("default_prompt_name")
        if let name = defaultPromptName, prompts[name] == nil {
            reader.report("default_prompt_name", .inconsistent("names '\(name)', which is not in 'prompts'"))
        }
        try reader.finish()
    }

    private mutating func readLength(_ folder: ModelFolder) throws(CheckpointError) {
        let name = "sentence_bert_config.json"
        guard folder.contains(name) else { return }
        var reader = try Self.reader(folder, name)
        maximumLength = reader.optionalInteger("max_seq_length", in: 1...(1 << 30))
        try reader.finish()
    }

    private static func reader(_ folder: ModelFolder, _ name: String) throws(CheckpointError) -> ConfigReader {
        guard let value = try folder.json(of: name) else { throw .missingFile(name: name, folder: folder.path) }
        guard let object = value.object else {
            throw .invalidConfiguration(
                path: folder.path(of: name),
                problems: [ConfigProblem(key: "", reason: .wrongKind(expected: "object", found: value.kind))]
            )
        }
        return ConfigReader(object, path: folder.path(of: name))
    }
}
