import Foundation
import Martlet
import MartletEngine
import MartletModels
import MartletServer

/// What is said at the start of a model of embeddings or scores.
struct PoolingBanner {
    let model: LoadedPoolingModel
    let configuration: ServerConfiguration

    func print() {
        let limits = model.engine.configuration
        Terminal.error("martlet \(Version.string): \(model.architecture), \(model.weightType), \(model.backendName)")
        Terminal.error(
            "model \(model.folder.path), served as \(configuration.servedModelNames.joined(separator: ", "))"
        )
        switch model.kind {
        case .embedding(let isNormalized):
            Terminal.error(
                "embeddings of \(model.engine.outputWidth) elements\(isNormalized ? ", normalized" : ""): "
                    + "/v1/embeddings, /pooling, /score, /rerank"
            )
        case .classification(let classifier) where classifier.labels.count == 1:
            Terminal.error("scores of pairs: /score, /rerank, /classify, /pooling")
        case .classification(let classifier):
            Terminal.error("\(classifier.labels.count) labels: /classify, /pooling")
        }
        Terminal.error("memory:\n\(model.memoryTable)")
        Terminal.error(
            "--max-model-len \(limits.maxLength), --max-num-seqs \(limits.maxSequences), "
                + "--max-num-batched-tokens \(limits.maxBatchedTokens)"
        )
        for note in model.notes { Terminal.error("note: \(note)") }
        let isOpen = !["127.0.0.1", "localhost", "::1"].contains(configuration.host)
        if isOpen, configuration.apiKeys.isEmpty {
            Terminal.error("warning: \(configuration.host) is reachable from other machines and no --api-key is set")
        }
    }
}
