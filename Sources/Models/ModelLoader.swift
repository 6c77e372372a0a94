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
        /// Which matrices are quantized while loading; `nil` for none.
        package var quantization: Quantization?
        /// The scheme by which the checkpoint must be quantized, by one of its names, or `gguf`; `nil` for any or none.
        package var scheme: String?
        /// Where quantized weights are kept for the next start; `nil` for nowhere.
        package var weightCacheFolder: String?
        /// From which input width on matrices that are stored in blocks are packed.
        ///
        /// Products of packed matrices round their inputs to int8. Narrower ones have little to gain and keep them.
        package var leastPackedInputs: Int

        /// Options.
        package init(
            dtype: DType? = nil,
            quantization: Quantization? = nil,
            scheme: String? = nil,
            weightCacheFolder: String? = nil,
            leastPackedInputs: Int = 512
        ) {
            self.dtype = dtype
            self.quantization = quantization
            self.scheme = scheme
            self.weightCacheFolder = weightCacheFolder
            self.leastPackedInputs = leastPackedInputs
        }
    }

    /// The folder.
    package let folder: ModelFolder
    /// What decides the model's results.
    package let configuration: DecoderConfiguration
    /// The architecture of texts and images whose part for texts the model is; `nil` for a model of texts.
    package let wholeArchitecture: String?
    /// How weights are loaded.
    package let options: Options
    private let checkpoint: Checkpoint
    private let cache: WeightCache?

    /// Reads and checks the configuration and the headers of the weights.
    package init(folder: ModelFolder, options: Options = Options()) throws(ModelError) {
        self.folder = folder
        self.options = options
        var configuration = try ModelRegistry.configuration(of: folder)
        do throws(CheckpointError) {
            checkpoint = try Checkpoint(folder)
            try Self.checkScheme(of: checkpoint, isGGUF: folder.gguf != nil, options)
        } catch { throw .checkpoint(error) }
        wholeArchitecture = TextPart(of: folder.configuration)?.name
        if wholeArchitecture != nil { configuration.place(in: checkpoint) }
        self.configuration = configuration
        if let folder = options.weightCacheFolder, let quantization = options.quantization {
            cache = WeightCache(folder: folder, checkpoint: checkpoint, quantization: quantization)
        } else {
            cache = nil
        }
    }

    /// How the checkpoint's own matrices are quantized: a scheme's name, `gguf`, or `nil`.
    package var schemeName: String? { checkpoint.scheme?.name ?? (folder.gguf == nil ? nil : "gguf") }

    /// The type of the weights for messages: of quantized ones the scheme, of GGUF files the commonest type by size.
    package var weightDescription: String {
        if let scheme = checkpoint.scheme { return "\(scheme.name), \(weightDType.name)" }
        guard folder.gguf != nil else { return weightDType.name }
        var sizes: [String: Int] = [:]
        for name in checkpoint.names {
            guard let entry = checkpoint.entry(name) else { continue }
            sizes[entry.dtypeName, default: 0] += entry.byteRange.count
        }
        return sizes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "none"
    }

    /// Refuses a checkpoint of another scheme than was asked for, and quantized ones that are to be quantized again.
    private static func checkScheme(
        of checkpoint: Checkpoint,
        isGGUF: Bool,
        _ options: Options
    ) throws(CheckpointError) {
        let found = checkpoint.scheme?.name ?? (isGGUF ? "gguf" : nil)
        if let asked = options.scheme, (QuantizationSchemes.name(of: asked) ?? asked) != found {
            throw .schemeMismatch(asked: asked, found: found, path: checkpoint.folder)
        }
        guard let asked = options.quantization?.layers?.name else { return }
        let isQuantized = checkpoint.scheme != nil || checkpoint.names.contains { checkpoint.entry($0)?.block != nil }
        if isQuantized { throw .schemeMismatch(asked: asked, found: found, path: checkpoint.folder) }
    }

    /// The type of the model's matrices once loaded: the one asked for, else the one of the embedding matrix.
    package var weightDType: DType {
        if let dtype = options.dtype { return dtype }
        let names = configuration.names
        let entry = checkpoint.entry(checkpoint.modulePrefix(names) + names.embedding + ".weight")
        // values of blocks need no more than sixteen bits
        return entry.flatMap { $0.block == nil ? $0.dtype : .bfloat16 } ?? .float32
    }

    /// The size in bytes of the weights that every token reads, as they will be: mapped, converted or quantized.
    ///
    /// Beside a quantized model's output matrix, the embedding table stays in its file: of it, only the rows of tokens in
    /// use are read.
    package var weightByteCount: Int {
        let tied = configuration.tieWordEmbeddings ? tiedOutputByteCount : 0
        return ownNames.reduce(tied) { $0 + byteCount(of: $1) }
    }

    /// The names of the tensors that belong to the model; of one that takes images too, those of its part for texts.
    private var ownNames: [String] {
        let prefix = checkpoint.modulePrefix(configuration.names)
        return checkpoint.names.filter { $0.hasPrefix(prefix) || $0.hasPrefix(configuration.names.output) }
    }

    /// The part of `weightByteCount` that belongs to experts, of which a token reads a few only.
    package var expertByteCount: Int {
        checkpoint.names.reduce(0) { $0 + ($1.contains(".experts.") ? byteCount(of: $1) : 0) }
    }

    /// The mapped files whose weights are used in place, step after step.
    package var mappedWeights: [Storage] {
        if options.quantization != nil { return [cache?.storage].compactMap { $0 } }
        let blocks = checkpoint.names.compactMap { checkpoint.entry($0)?.block }
        // blocks that are packed leave the file
        if !blocks.isEmpty, blocks.allSatisfy({ WeightFormat(packing: $0) != nil }) { return [] }
        return options.dtype == nil && checkpoint.scheme == nil ? checkpoint.storages : []
    }

    /// Keeps what was quantized for the next start, where a folder for it was given.
    ///
    /// - Throws: `ModelError` when the file cannot be written; the model is not concerned.
    package func saveWeightCache() throws(ModelError) {
        do throws(CheckpointError) { try cache?.save() } catch { throw .checkpoint(error) }
    }

    private func byteCount(of name: String) -> Int {
        guard let entry = checkpoint.entry(name) else { return 0 }
        guard let stored = entry.dtype, [.float32, .bfloat16, .float16].contains(stored) else {
            return entry.byteRange.count
        }
        let dtype = options.dtype ?? stored
        let module = name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : name
        let names = configuration.names
        let prefix = checkpoint.modulePrefix(names)
        let isEmbedding = module == prefix + names.embedding
        if isEmbedding, tiedOutputByteCount > 0 { return 0 }
        let isTable = isEmbedding || names.positions.map { module == prefix + $0 } ?? false
        let stack = Quantization.stack(of: module)
        guard entry.shape.count >= 2, !isTable, let format = options.quantization?.format(ofModules: stack) else {
            return entry.byteRange.count / stored.byteCount * dtype.byteCount
        }
        let (rows, columns) = (entry.shape[entry.shape.count - 2], entry.shape[entry.shape.count - 1])
        let count = entry.shape.dropLast(2).reduce(1, *)
        let isTransposed = names.isTransposed
        return count * format.byteCount(outputs: isTransposed ? columns : rows, inputs: isTransposed ? rows : columns)
    }

    private var tiedOutputByteCount: Int {
        guard configuration.tieWordEmbeddings else { return 0 }
        let format = options.quantization?.format(ofModules: [Quantization.outputModule])
        return format?.byteCount(outputs: configuration.vocabularySize, inputs: configuration.hiddenSize) ?? 0
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
            weights: WeightSource(
                checkpoint,
                names: configuration.names,
                options: options,
                cache: cache,
                backend: backend
            ),
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
