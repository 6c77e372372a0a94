import ArgumentParser
import Foundation
import Martlet
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTokenizers

struct DebugLogitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logits",
        abstract: "Arrays of token ids to the likeliest next tokens and their logits."
    )

    @Argument(help: "Folder of the model, which needs no tokenizer, or GGUF file.")
    var folder: String

    @Flag(help: "Answer for every position.")
    var allPositions = false

    @Option(help: "How many tokens to show.")
    var top = 10

    @OptionGroup var quantization: QuantizationOptions

    @Option(help: "Compute threads (default: one for each usable core).")
    var threads: Int?

    func run() async throws {
        guard top > 0 else { throw ValidationError("--top \(top): expected 1 or more") }
        var options = ModelOptions()
        try quantization.apply(to: &options)
        let loader = try ModelLoader(folder: try ModelFolder(path: folder), options: options.loaderOptions)
        let backend = CPUBackend(threads: threads)
        let length = loader.configuration.maxPositions
        let vocabularySize = loader.configuration.vocabularySize
        // some models rotate short sequences in another way: those get a model of their own
        let shortLength = loader.configuration.shortLength
        var runners: [Int: SequenceRunner] = [:]
        func runner(_ count: Int) throws -> SequenceRunner {
            let longest = shortLength.map { count <= $0 ? min($0, length) : length } ?? length
            if let known = runners[longest] { return known }
            let limits = ForwardLimits(maxBatchedTokens: 256, maxLogitsRows: 256, maxModelLength: longest)
            let model = try loader.load(backend: backend, limits: limits)
            let made = try SequenceRunner(model: model, backend: backend)
            runners[longest] = made
            return made
        }
        try JSONLines.answer { line in
            let ids = try TokenIDList.read(line).map(\.rawValue)
            guard !ids.isEmpty, ids.count <= length, ids.allSatisfy({ $0 < vocabularySize }) else {
                throw ValidationError("expected 1 to \(length) token ids below \(vocabularySize)")
            }
            let rows = try runner(ids.count).logits(ids, allPositions: allPositions)
            let answers = rows.map { JSONValue.object(JSONObject([("top", likeliest($0))])) }
            guard allPositions else { return answers.last ?? .null }
            return .object(JSONObject([("positions", .array(answers))]))
        }
    }

    /// The greatest logits, of equal ones the lower id first.
    private func likeliest(_ logits: [Float]) -> JSONValue {
        let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
        return .array(order.prefix(top).map { .array([.integer($0), .double(Double(logits[$0]))]) })
    }
}
