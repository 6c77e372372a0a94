import ArgumentParser
import Foundation
import Martlet
import MartletCheckpoints
import MartletModels

/// Which model is measured in this process.
struct BenchModelOptions: ParsableArguments {
    @Argument(help: "Folder or hub id of the model (default: the one that ships with the program).")
    var model: String?

    @Option(name: .customLong("model"), help: "The same as MODEL.")
    var modelFlag: String?

    @Option(
        help: """
            Measure random weights of a known shape in place of a model: \(ModelShape.names). They are written once \
            to the cache folder (XDG_CACHE_HOME or ~/.cache, martlet/shapes).
            """
    )
    var modelShape: ModelShape?

    func validate() throws {
        if modelShape != nil, model != nil || modelFlag != nil {
            throw ValidationError("--model-shape takes the place of MODEL: give one of them")
        }
    }

    /// The model's folder; what is missing of it is downloaded or made.
    func folder(_ engine: EngineOptions) async throws -> URL {
        if let modelShape { return try ModelShapeFolder(shape: modelShape).prepare() }
        return try await ModelLocation.resolve(model ?? modelFlag, modelDirectory: nil, options: engine)
    }

    /// Loads the model; the engine is not started.
    func load(_ engine: EngineOptions, _ options: ModelOptions) async throws -> LoadedModel {
        var options = options
        options.tokenizerFolder = try await engine.tokenizerFolder()
        return try LoadedModel(folder: try await folder(engine), options: options)
    }

    /// The number of logits of a folder's model.
    static func vocabularySize(of folder: URL) throws -> Int {
        try ModelLoader(folder: try ModelFolder(path: folder.path)).configuration.vocabularySize
    }
}
