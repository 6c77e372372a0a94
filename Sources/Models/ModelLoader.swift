package import MartletCheckpoints
package import MartletTensors

/// Loads a model folder in two steps: what it will need, then the model.
///
/// The first step reads and checks configuration and headers only, so that memory can be planned before any weight is
/// touched.
package struct ModelLoader: Sendable {
    /// How weights are loaded.
    package struct Options: Sendable, Hashable {
        /// The type that matrices are converted to while loading; `nil` for as they are stored, used in place.
        package var dtype: DType?

        /// Options.
        package init(dtype: DType? = nil) { self.dtype = dtype }
    }

    /// The folder.
    package let folder: ModelFolder
    /// What decides the model's results.
    package let configuration: DecoderConfiguration
    /// How weights are loaded.
    package let options: Options
    private let checkpoint: Checkpoint

    /// Reads and checks the configuration and the headers of the weights.
    package init(folder: ModelFolder, options: Options = Options()) throws(ModelError) {
        self.folder = folder
        self.options = options
        configuration = try ModelRegistry.configuration(of: folder)
        do throws(CheckpointError) {
            checkpoint = try Checkpoint(folder: folder.path)
        } catch { throw .checkpoint(error) }
    }

    /// The type of the model's matrices once loaded: the one asked for, else the one of the embedding matrix.
    package var weightDType: DType {
        if let dtype = options.dtype { return dtype }
        let names = ["model.embed_tokens.weight", "embed_tokens.weight"]
        return names.lazy.compactMap { checkpoint.entry($0)?.dtype }.first ?? .float32
    }

    /// The size of the weights in memory in bytes, mapped or converted.
    package var weightByteCount: Int {
        guard let dtype = options.dtype else { return checkpoint.byteCount }
        return checkpoint.names.reduce(0) { total, name in
            guard let entry = checkpoint.entry(name) else { return total }
            guard let stored = entry.dtype else { return total + entry.byteRange.count }
            return total + entry.byteRange.count / stored.byteCount * dtype.byteCount
        }
    }

    /// Makes the model.
    ///
    /// - Parameters:
    ///   - backend: where it computes.
    ///   - limits: the greatest batch and the longest sequence.
    /// - Returns: the model, its scratch memory allocated.
    /// - Throws: `ModelError` that names the tensor that is missing or does not fit the configuration.
    package func load(backend: any Backend, limits: ForwardLimits) throws(ModelError) -> any LanguageModel {
        try DecoderModel(
            configuration,
            checkpoint: checkpoint,
            dtype: options.dtype,
            limits: limits,
            backend: backend
        )
    }

    /// Loads a folder in one step.
    package static func load(
        folder: ModelFolder,
        backend: any Backend,
        limits: ForwardLimits,
        options: Options = Options()
    ) throws(ModelError) -> any LanguageModel {
        try ModelLoader(folder: folder, options: options).load(backend: backend, limits: limits)
    }
}
