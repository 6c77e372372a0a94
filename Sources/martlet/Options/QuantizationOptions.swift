import ArgumentParser
import Martlet

/// The flags that say which matrices are quantized while a model is loaded.
struct QuantizationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Quantize the layers' matrices while loading: int8, int4, int4-g64 or int4-g128 (default: none)."
    )
    var quantization: String?

    @Option(help: "Quantize the output matrix, where the layers are quantized: int8, int4, int4-g64, int4-g128 or none.")
    var lmHeadQuantization = "int8"

    @Option(
        parsing: .upToNextOption,
        help: "Modules that are not quantized, * standing for any text, for example model.layers.0.* or *.down_proj."
    )
    var quantizationIgnore: [String] = []

    /// Puts the flags' values where the library looks for them.
    func apply(to options: inout ModelOptions) throws {
        options.quantization = try quantization.flatMap { try Self.type($0, flag: "--quantization") }
        options.outputQuantization = try Self.type(lmHeadQuantization, flag: "--lm-head-quantization")
        options.quantizationIgnore = quantizationIgnore
    }

    private static func type(_ name: String, flag: String) throws -> ModelOptions.QuantizedType? {
        if name == "none" { return nil }
        guard let type = ModelOptions.QuantizedType(rawValue: name) else {
            let names = ModelOptions.QuantizedType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(flag) \(name): expected \(names) or none")
        }
        return type
    }
}
