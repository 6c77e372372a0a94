import MartletJSON

/// An architecture that llama.cpp's converter writes, in terms of Hugging Face's.
struct GGUFArchitecture: Sendable {
    /// Further fields of a `config.json`, made of others.
    typealias Derived = @Sendable (GGUFFields) throws(CheckpointError) -> [(String, JSONValue)]

    /// The value of `general.architecture`, which is the prefix of the architecture's fields too.
    let name: String
    /// A field that is above 0 in the files of this row; `nil` where the name says enough.
    var requiredField: String?
    /// The name in `architectures` of a `config.json`.
    let architecture: String
    /// The name in `model_type`.
    let modelType: String
    /// Whether the converter puts the two elements of each rotated pair of a query or key next to each other.
    var hasPairedRows = false
    /// What the weights of norms have been raised by.
    var normOffset: Float = 0
    /// What the norms' epsilon is called in a `config.json` and in the metadata.
    var epsilon = (key: "rms_norm_eps", field: "attention.layer_norm_rms_epsilon")
    /// Further fields of a `config.json`, by the names of integers in the metadata.
    var integers: [String: String] = [:]
    /// Further fields of a `config.json`, by the names of numbers in the metadata; absent where they are.
    var numbers: [String: String] = [:]
    /// Further fields of a `config.json` that no metadata say.
    var constants: [String: JSONValue] = [:]
    /// Fields that change results and that are taken in by `derived`.
    var computed: Set<String> = []
    /// Further fields of `rope_scaling` where it is `yarn`.
    var yarn: [String: JSONValue] = [:]
    /// Flags of a `config.json` that are set where the first layer has a tensor.
    var flags: [String: String] = [:]
    /// Names of a layer's modules that differ from Llama's.
    var modules: [String: String] = [:]
    /// Tensors of a layer that stand for a list of modules each, those of experts; `*` stands for the index.
    var lists: [String: String] = [:]
    /// Fields made of others.
    var derived: Derived = { (_) throws(CheckpointError) in [] }

    /// The architecture of a model.
    ///
    /// - Throws: `CheckpointError.invalidGGUF` naming those that are known.
    static func of(_ model: GGUFModel) throws(CheckpointError) -> GGUFArchitecture {
        guard let name = model.metadata["general.architecture"]?.text else {
            throw .invalidGGUF(path: model.path, reason: .missingField("general.architecture"))
        }
        let row = rows.first { row in
            guard row.name == name else { return false }
            return row.requiredField.map { (model.metadata["\(name).\($0)"]?.integer ?? 0) > 0 } ?? true
        }
        guard let row else {
            var known: [String] = []
            for row in rows where !known.contains(row.name) { known.append(row.name) }
            throw .invalidGGUF(
                path: model.path,
                reason: .unsupportedField(
                    name: "general.architecture",
                    value: "'\(name)'",
                    supported: known.joined(separator: ", ")
                )
            )
        }
        return row
    }
}

extension GGUFModel {
    /// The architectures that can be loaded, as a table of the documentation.
    package static var architectureTable: String {
        let rows = GGUFArchitecture.rows.map { row in
            "| `\(row.name)` | \(row.requiredField.map { "`\($0)`" } ?? "") | `\(row.architecture)` |"
        }
        return (["| `general.architecture` | with | read as |", "|---|---|---|"] + rows).joined(separator: "\n")
    }
}
