package import MartletCheckpoints
import MartletJSON

/// The architectures that can be computed: one row each.
package enum ModelRegistry {
    /// An architecture: its names and how its configuration is read.
    struct Row: Sendable {
        /// The name in `architectures`.
        let name: String
        /// The name in `model_type`, used where `architectures` is missing.
        let modelType: String
        /// Reads `config.json`.
        let configuration: @Sendable (inout ConfigReader) -> DecoderConfiguration
    }

    static let rows = [
        Row(name: "LlamaForCausalLM", modelType: "llama", configuration: Llama.configuration),
        Row(name: "MistralForCausalLM", modelType: "mistral", configuration: Mistral.configuration),
        Row(name: "Qwen2ForCausalLM", modelType: "qwen2", configuration: Qwen2.configuration),
        Row(name: "Qwen3ForCausalLM", modelType: "qwen3", configuration: Qwen3.configuration),
    ]

    /// The names of all architectures.
    package static let names = rows.map(\.name)

    /// Reads the configuration of a folder; nothing is loaded.
    ///
    /// - Throws: `ModelError` that names an unknown architecture, or every field that is missing, malformed or asks for
    ///   what is not implemented.
    package static func configuration(of folder: ModelFolder) throws(ModelError) -> DecoderConfiguration {
        let path = folder.path(of: "config.json")
        var reader = ConfigReader(folder.configuration, path: path)
        let row = try row(for: folder, path: path)
        let configuration = row.configuration(&reader)
        do throws(CheckpointError) { try reader.finish() } catch { throw .checkpoint(error) }
        return configuration
    }

    private static func row(for folder: ModelFolder, path: String) throws(ModelError) -> Row {
        if let name = folder.configuration["architectures"]?.array?.first?.string {
            if let row = rows.first(where: { $0.name == name }) { return row }
            throw .unknownArchitecture(name: name, path: path, known: names)
        }
        guard let type = folder.configuration["model_type"]?.string else { throw .missingArchitecture(path: path) }
        if let row = rows.first(where: { $0.modelType == type }) { return row }
        throw .unknownArchitecture(name: type, path: path, known: names)
    }
}
