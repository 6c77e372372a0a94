import ArgumentParser
import Foundation
import Martlet
import MartletJSON

/// The flags that say what a model is made into.
struct PoolingFlags: ParsableArguments {
    @Option(help: "What is served: auto, generate (text) or pooling (embeddings or scores).")
    var runner = "auto"

    @Option(help: "What a pooling model is made into: auto, none, embed or classify.")
    var convert = "auto"

    @Option(help: "The same in older words: auto, generate, embed, embedding, classify, or score.")
    var task = "auto"

    @Option(help: "JSON object: pooling_type (CLS, LAST, MEAN, MAX, …), use_activation.")
    var poolerConfig: String?

    /// Whether the flags leave the kind to the model, ask for text, or for vectors.
    enum Kind {
        case automatic
        case generation
        case pooling
    }

    /// What is asked for.
    func kind() throws -> Kind {
        try Self.check("--runner", runner, ["auto", "generate", "pooling"])
        try Self.check("--convert", convert, ["auto", "none", "embed", "classify"])
        try Self.check("--task", task, ["auto", "generate", "embed", "embedding", "classify", "score"])
        if runner == "generate" || task == "generate" { return .generation }
        let isPooling = runner == "pooling" || ["embed", "classify"].contains(convert) || task != "auto"
        return isPooling || poolerConfig != nil ? .pooling : .automatic
    }

    /// The flags as the library's options.
    func options(model: ModelOptions) throws -> EmbeddingOptions {
        var options = EmbeddingOptions()
        options.model = model
        options.isWanted = try kind() == .pooling
        switch (convert, task) {
        case ("embed", _), (_, "embed"), (_, "embedding"): options.task = .embed
        case ("classify", _), (_, "classify"), (_, "score"): options.task = .classify
        default: break
        }
        if let text = poolerConfig {
            guard let object = try? JSONParser.parse(text).object else {
                throw ValidationError("--pooler-config is not a JSON object: \(text)")
            }
            options.poolerConfiguration = object
        }
        return options
    }

    private static func check(_ flag: String, _ value: String, _ known: [String]) throws {
        guard known.contains(value) else {
            throw ValidationError("\(flag) \(value): expected \(known.joined(separator: ", "))")
        }
    }
}
