import Foundation
import Martlet
import MartletEngine
import MartletOutputParsing
import MartletServer
import MartletTensors

/// What is said at the start: the model, what memory is used for, what was chosen and why.
struct StartBanner {
    let model: LoadedModel
    let configuration: ServerConfiguration

    func print() {
        let plan = model.memoryPlan
        let engine = model.configuration
        Terminal.error("martlet \(Version.string): \(model.architecture), \(model.weightType), \(model.backendName)")
        Terminal.error(
            "model \(model.folder.path), served as \(configuration.servedModelNames.joined(separator: ", "))"
        )
        Terminal.error("memory:\n\(plan.table())")
        Terminal.error(
            "KV cache \(engine.kvCacheDType.name), \(engine.blockCount) blocks of \(engine.blockSize) tokens; "
                + "--max-model-len \(engine.maxModelLength), --max-num-seqs \(engine.maxSequences), "
                + "--max-num-batched-tokens \(engine.maxBatchedTokens)"
        )
        for note in model.notes { Terminal.error("note: \(note)") }
        Terminal.error(
            model.chatPrompts == nil
                ? "note: the model has no chat template; /v1/chat/completions needs --chat-template"
                : "chat template: the model's own, or --chat-template"
        )
        printFormats()
        let isOpen = !["127.0.0.1", "localhost", "::1"].contains(configuration.host)
        if isOpen, configuration.apiKeys.isEmpty {
            Terminal.error("warning: \(configuration.host) is reachable from other machines and no --api-key is set")
        }
    }

    private func printFormats() {
        let formats = configuration.formats
        let rows = [
            ("tool calls", formats.tool?.names.first, formats.isToolDetected, "--tool-call-parser"),
            ("reasoning", formats.reasoning?.names.first, formats.isReasoningDetected, "--reasoning-parser"),
        ]
        for (kind, name, isDetected, flag) in rows {
            let origin = isDetected ? "as the chat template asks for it" : flag
            Terminal.error("\(kind): " + (name.map { "\($0) (\(origin))" } ?? "not parsed (\(flag))"))
        }
    }
}
