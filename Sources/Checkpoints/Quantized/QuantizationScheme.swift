import MartletJSON

/// How the matrices of a checkpoint's modules are quantized: what `quantization_config` describes.
///
/// A scheme is one file and one row of `QuantizationSchemes`. Whether a module is quantized is seen by its tensors.
package protocol QuantizationScheme: Sendable {
    /// The names in `quant_method`.
    static var methods: [String] { get }

    /// Reads `quantization_config`; what is not supported is reported.
    init(_ reader: inout ConfigReader)

    /// A module's quantized matrix.
    ///
    /// - Parameters:
    ///   - module: its name in the checkpoint, without `.weight`.
    ///   - outputs: the rows that the model needs.
    ///   - inputs: the columns that the model needs.
    ///   - checkpoint: where its tensors are.
    /// - Returns: `nil` for a module that is not quantized.
    /// - Throws: `CheckpointError` for tensors that are missing or do not fit each other.
    func matrix(
        _ module: String,
        outputs: Int,
        inputs: Int,
        in checkpoint: Checkpoint
    ) throws(CheckpointError) -> QuantizedMatrix?

    /// Members of a module that change nothing here, such as scales of activations, which are not quantized.
    var ignoredMembers: [String] { get }
}

extension QuantizationScheme {
    /// The scheme's name.
    package var name: String { Self.methods[0] }
}

/// The schemes that can be loaded: one row each.
package enum QuantizationSchemes {
    static let rows: [any QuantizationScheme.Type] = [
        GPTQScheme.self, AWQScheme.self, CompressedTensorsScheme.self, FP8Scheme.self, MXFP4Scheme.self,
    ]

    /// The names in `quant_method` that are known.
    package static var methods: [String] { rows.flatMap { $0.methods } }

    /// The name by which a scheme is listed, of one of its names.
    package static func name(of method: String) -> String? {
        rows.first { $0.methods.contains(method) }?.methods[0]
    }

    /// The scheme that a folder's configuration describes; `nil` where its matrices are plain.
    ///
    /// - Throws: `CheckpointError.invalidConfiguration` for an unknown method or what of it is not supported.
    static func scheme(of model: ModelFolder) throws(CheckpointError) -> (any QuantizationScheme)? {
        var file = "config.json"
        var object = (model.configuration["quantization_config"] ?? model.configuration["compression_config"])?.object
        if object == nil, let found = try model.json(of: "quantize_config.json")?.object {
            (object, file) = (found, "quantize_config.json")
        }
        guard let object else { return nil }
        let prefix = file == "config.json" ? "quantization_config." : ""
        var reader = ConfigReader(object, path: model.path(of: file), prefix: prefix)
        // files of its own are GPTQ's
        let method = reader.optionalString("quant_method") ?? (file == "config.json" ? "" : "gptq")
        guard let row = rows.first(where: { $0.methods.contains(method) }) else {
            reader.report(
                "quant_method",
                .unsupported(value: "'\(method)'", supported: rows.map { $0.methods[0] }.joined(separator: ", "))
            )
            try reader.finish()
            return nil
        }
        let scheme = row.init(&reader)
        try reader.finish()
        return scheme
    }
}
