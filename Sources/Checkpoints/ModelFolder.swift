package import MartletJSON

/// A Hugging Face model folder, or a GGUF file that stands for one: its configuration files, read and bounded, and where
/// its weights lie.
package struct ModelFolder: Sendable {
    /// The largest configuration file that is read, in bytes; tokenizer files are the largest of them.
    package static let maximumFileByteCount = 256 << 20

    /// The folder, or the GGUF file.
    package let path: String
    /// The GGUF model that takes the place of a folder's files.
    package let gguf: GGUFModel?
    /// `config.json`, or what a GGUF file's metadata say in its terms.
    package let configuration: JSONObject
    /// `generation_config.json`, where there is one.
    package let generationConfiguration: JSONObject?

    /// Reads the configuration files of a folder, or a GGUF file: one that is named, or the only one of a folder without
    /// `config.json`.
    ///
    /// - Throws: `CheckpointError` when the folder or `config.json` is missing or not JSON, or the GGUF file is not usable.
    package init(path: String) throws(CheckpointError) {
        if let file = Self.ggufFile(path) {
            let model = try GGUFModel(path: file)
            self.path = file
            gguf = model
            configuration = try GGUFConfiguration.configuration(of: model)
            generationConfiguration = GGUFConfiguration.generationConfiguration(of: model)
            return
        }
        guard FileSystem.isFolder(path) else { throw .missingFolder(path: path) }
        self.path = path
        gguf = nil
        guard let configuration = try Self.object("config.json", in: path) else {
            throw .missingFile(name: "config.json", folder: path)
        }
        self.configuration = configuration
        generationConfiguration = try Self.object("generation_config.json", in: path)
    }

    /// The GGUF file that a path means.
    private static func ggufFile(_ path: String) -> String? {
        if FileSystem.isFile(path) { return path }
        guard FileSystem.isFolder(path), !FileSystem.isFile(path + "/config.json") else { return nil }
        return GGUFModel.only(in: path)
    }

    /// The path of a file of that name, whether or not it is there.
    package func path(of name: String) -> String { path + "/" + name }

    /// Whether the folder has a file of that name.
    package func contains(_ name: String) -> Bool { gguf == nil && FileSystem.isFile(path(of: name)) }

    /// The bytes of a file, or `nil` where there is none of that name.
    package func bytes(of name: String) throws(CheckpointError) -> [UInt8]? {
        guard contains(name) else { return nil }
        return try FileSystem.read(path(of: name), limit: Self.maximumFileByteCount)
    }

    /// The JSON value that a file holds, or `nil` where there is none of that name.
    package func json(of name: String) throws(CheckpointError) -> JSONValue? {
        guard let bytes = try bytes(of: name) else { return nil }
        return try Self.parse(bytes, path: path(of: name))
    }

    /// The ids that end a completion: `generation_config.json`'s, else `config.json`'s; empty where neither has any.
    package var eosTokenIDs: [Int] {
        for source in [generationConfiguration, configuration] {
            switch source?["eos_token_id"] {
            case .integer(let id): return [id]
            case .array(let ids): return ids.compactMap(\.integer)
            default: continue
            }
        }
        return []
    }

    /// The value of a JSON text as Python writes it, with `NaN` and `Infinity`.
    package static func parse(_ bytes: [UInt8], path: String) throws(CheckpointError) -> JSONValue {
        do throws(JSONError) {
            return try JSONParser.parse(bytes, options: JSONParser.Options(allowsNonFiniteNumbers: true))
        } catch {
            throw .invalidJSON(path: path, error: error)
        }
    }

    private static func object(_ name: String, in folder: String) throws(CheckpointError) -> JSONObject? {
        let path = folder + "/" + name
        guard FileSystem.isFile(path) else { return nil }
        let value = try parse(try FileSystem.read(path, limit: maximumFileByteCount), path: path)
        guard let object = value.object else {
            throw .invalidConfiguration(
                path: path,
                problems: [ConfigProblem(key: "", reason: .wrongKind(expected: "object", found: value.kind))]
            )
        }
        return object
    }
}
