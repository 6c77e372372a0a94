import ArgumentParser
import Foundation
import Martlet
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTokenizers

struct DebugEmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "JSON strings or arrays of token ids to embeddings, or to scores for a classifier."
    )

    @Argument(help: "Folder of the model; it needs a tokenizer only for strings.")
    var folder: String

    @OptionGroup var pooling: PoolingFlags

    @OptionGroup var quantization: QuantizationOptions

    @Option(help: "Compute threads (default: one for each usable core).")
    var threads: Int?

    func run() async throws {
        var options = ModelOptions()
        try quantization.apply(to: &options)
        let embedding = try pooling.options(model: options)
        guard
            let loader = try PoolingLoader(
                folder: try ModelFolder(path: folder),
                options: options.loaderOptions,
                pooling: try embedding.poolingOptions()
            )
        else { throw ValidationError("'\(folder)' is a model that generates text") }
        let length = loader.maxPositions
        let limits = EncoderLimits(maxBatchedTokens: length, maxSequences: 1, maxLength: length)
        let model = try loader.load(backend: CPUBackend(threads: threads), limits: limits)
        let tokenizer =
            FileManager.default.fileExists(atPath: folder + "/tokenizer_config.json")
            ? try Tokenizer(folder: folder) : nil
        try JSONLines.answer { line in
            let ids: [Int32]
            if let text = line.string {
                guard let tokenizer else { throw ValidationError("'\(folder)' has no tokenizer: give token ids") }
                ids = tokenizer.encode(text, addSpecialTokens: true).map(\.rawValue)
            } else {
                ids = try TokenIDList.read(line).map(\.rawValue)
            }
            guard !ids.isEmpty, ids.count <= length, ids.allSatisfy({ $0 < model.encoder.vocabularySize }) else {
                throw ValidationError("expected 1 to \(length) token ids below \(model.encoder.vocabularySize)")
            }
            let vector = try model.vectors(of: EncoderBatch([EncoderBatch.Sequence(tokens: ids)]))[0]
            return .array(loader.kind.results(vector).map { .double(Double($0)) })
        }
    }
}
