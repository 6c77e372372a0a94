import ArgumentParser
import Foundation
import Martlet
import MartletCPUBackend
import MartletCheckpoints
import MartletModels

struct QuantizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Write a folder with integer weights, in the compressed-tensors format.",
        discussion: """
            The layers' projections become integers with a symmetric scale for each group of inputs; embeddings, norms and
            the output matrix stay as they are.
            """
    )

    @Argument(help: "Folder or hub id of a model with float32, bfloat16 or float16 weights.")
    var model: String

    @Option(help: "What weights become: int4 or int8.")
    var to: String

    @Option(name: .shortAndLong, help: "Folder to write.")
    var output: String

    @Option(help: "Inputs that share a scale: a multiple of 32.")
    var groupSize = 128

    @Option(
        parsing: .upToNextOption,
        help: "Modules that are not quantized, * standing for any text, for example model.layers.0.* or *.down_proj."
    )
    var ignore: [String] = []

    @Option(help: "Compute threads (default: one for each usable core).")
    var threads: Int?

    func run() async throws {
        guard let bits = ["int4": 4, "int8": 8][to] else { throw ValidationError("--to \(to): expected int4 or int8") }
        guard groupSize > 0, groupSize <= 1 << 20, groupSize % 32 == 0 else {
            throw ValidationError("--group-size \(groupSize): expected a multiple of 32")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
        let folder = try await ModelLocation.resolve(model, modelDirectory: nil, options: EngineOptions.parse([]))
        let target = URL(filePath: output)
        guard target.standardizedFileURL.path != folder.standardizedFileURL.path else {
            throw ValidationError("--output \(output): it is the model's own folder")
        }
        let options = CheckpointQuantizer.Options(bits: bits, groupSize: groupSize, ignoredModules: ignore)
        let quantizer = try CheckpointQuantizer(try ModelFolder(path: folder.path), options: options)
        let summary = try quantizer.write(to: target.path, backend: CPUBackend(threads: threads))
        let (before, after) = summary.byteCounts
        Terminal.line("\(summary.matrixCount) matrices: \(ByteCount.text(before)) became \(ByteCount.text(after))")
        Terminal.line(target.path)
    }
}
