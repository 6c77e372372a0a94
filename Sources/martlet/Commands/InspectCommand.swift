import ArgumentParser
import Foundation
import Martlet
import MartletCheckpoints
import MartletModels
import MartletTensors
import MartletTokenizers

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a model folder holds, what it would need, and what of it is not supported."
    )

    @Argument(help: "Folder, GGUF file or hub id of the model (default: the one that ships with the program).")
    var model: String?

    @Flag(help: "List every tensor with its type and shape.")
    var tensors = false

    func run() async throws {
        let folder = try await ModelLocation.resolve(model, modelDirectory: nil, options: EngineOptions.parse([]))
        let files = try ModelFolder(path: folder.path)
        let loader = try ModelLoader(folder: files)
        let configuration = loader.configuration
        var rows: [(String, String)] = [
            ("folder", folder.path),
            ("architecture", configuration.architecture + (loader.wholeArchitecture.map { ", texts of \($0)" } ?? "")),
            ("parameters", "\(configuration.parameterCount)"),
            ("weights", "\(loader.weightDescription), \(ByteCount.text(loader.weightByteCount))"),
            ("layers", "\(configuration.layerCount)"),
            (
                "heads",
                "\(configuration.headCount) query, \(configuration.kvHeadCount) key/value, \(configuration.headDimension) wide"
            ),
            ("vocabulary", "\(configuration.vocabularySize)"),
            ("context", "\(configuration.maxPositions) tokens"),
            ("KV cache", "\(ByteCount.text(configuration.kvCacheSpec.bytesPerToken(.bfloat16))) per token in bfloat16"),
        ]
        rows += textRows(folder, files)
        let width = rows.map(\.0.count).max() ?? 0
        for (name, value) in rows {
            Terminal.line(name + String(repeating: " ", count: width - name.count + 2) + value)
        }
        if tensors { try listTensors(folder) }
    }

    private func textRows(_ folder: URL, _ files: ModelFolder) -> [(String, String)] {
        let file = ChatTemplateLoader.fileName(files) ?? "none"
        let template = files.gguf == nil ? file : "in the file's metadata"
        do {
            let model = try LoadedModel(folder: folder, options: ModelOptions())
            return [
                ("tokenizer", "\(model.tokenizer.vocabularySize) tokens, end \(model.tokenizer.eosToken ?? "none")"),
                ("chat template", model.chatPrompts == nil ? "none" : template),
                ("served length", "\(model.maxModelLength) tokens on this machine"),
            ]
        } catch {
            return [("not served", "\(error)")]
        }
    }

    private func listTensors(_ folder: URL) throws {
        let checkpoint = try Checkpoint(try ModelFolder(path: folder.path))
        for name in checkpoint.names {
            guard let entry = checkpoint.entry(name) else { continue }
            Terminal.line("\(name)  \(entry.dtype?.name ?? entry.dtypeName)  \(entry.shape)")
        }
    }
}
