import ArgumentParser
import Martlet
import MartletCheckpoints

/// The flags that say which matrices are quantized while a model is loaded.
struct QuantizationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: """
            Quantize the layers' matrices while loading: int8, int6, int4, int4-g64 or int4-g128; or insist on a \
            checkpoint that is quantized: gptq, awq, compressed-tensors, fp8, mxfp4 or gguf (default: as the checkpoint is).
            """
    )
    var quantization: String?

    @Option(
        help: """
            Quantize the output matrix, where the layers are quantized: int8, int6, int4, int4-g64, int4-g128 or none \
            (default: int8 beside int8, else int6).
            """
    )
    var lmHeadQuantization: String?

    @Option(
        parsing: .upToNextOption,
        help: "Modules that are not quantized, * standing for any text, for example model.layers.0.* or *.down_proj."
    )
    var quantizationIgnore: [String] = []

    @Option(help: "Folder where quantized weights are kept for the next start (default: they are not kept).")
    var weightCache: String?

    /// Puts the flags' values where the library looks for them.
    func apply(to options: inout ModelOptions) throws {
        if let name = quantization, Self.schemes.contains(name) {
            options.requiredScheme = name
        } else {
            options.quantization = try quantization.flatMap { try Self.type($0, flag: "--quantization") }
        }
        if let name = lmHeadQuantization {
            let type = try Self.type(name, flag: "--lm-head-quantization")
            options.outputQuantization = type.map { .type($0) } ?? .asStored
        }
        options.quantizationIgnore = quantizationIgnore
        options.weightCacheFolder = weightCache
    }

    /// The schemes of quantized checkpoints, by the names that vLLM takes too.
    private static let schemes = QuantizationSchemes.methods + ["gguf"]

    private static func type(_ name: String, flag: String) throws -> ModelOptions.QuantizedType? {
        if name == "none" { return nil }
        guard let type = ModelOptions.QuantizedType(rawValue: name) else {
            let schemes = flag == "--quantization" ? Self.schemes : []
            let names = (ModelOptions.QuantizedType.allCases.map(\.rawValue) + schemes).joined(separator: ", ")
            throw ValidationError("\(flag) \(name): expected \(names) or none")
        }
        return type
    }
}
