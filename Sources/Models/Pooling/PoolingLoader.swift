package import MartletCheckpoints
import MartletJSON
package import MartletTensors

/// Loads the folder of a model that makes one vector of each sequence, in two steps as `ModelLoader` does.
package struct PoolingLoader: Sendable {
    /// What the result is.
    package enum Kind: Sendable, Hashable {
        /// An embedding; whether it is normalized unless a request asks otherwise.
        case embedding(isNormalized: Bool)
        /// Scores.
        case classification(ClassifierConfiguration)

        /// What a sequence's vector means.
        ///
        /// - Parameters:
        ///   - vector: what the model gave.
        ///   - usesActivation: whether embeddings are normalized and scores turned into probabilities; `nil` for the default.
        package func results(_ vector: [Float], usesActivation: Bool? = nil) -> [Float] {
            switch self {
            case .embedding(let isNormalized): usesActivation ?? isNormalized ? VectorMath.normalized(vector) : vector
            case .classification(let classifier): usesActivation ?? true ? classifier.results(vector) : vector
            }
        }
    }

    /// The folder.
    package let folder: ModelFolder
    /// What the result is.
    package let kind: Kind
    /// The module files, where the folder has them.
    package let modules: SentenceTransformersFolder?
    /// The longest sequence that the model can take.
    package let maxPositions: Int
    /// How weights are loaded.
    package let options: ModelLoader.Options
    private let source: Source
    private let modes: [PoolingMode]

    /// Where token vectors come from.
    private enum Source: Sendable {
        case encoder(EncoderRegistry.Row, EncoderConfiguration, head: [ClassifierNames.Stage])
    }

    private let checkpoint: Checkpoint
    private let cache: WeightCache?

    /// Reads and checks the configuration and the headers of the weights.
    ///
    /// - Returns: `nil` where the folder is of a model that generates and nothing asks for pooling.
    /// - Throws: `ModelError` that says what is wrong where.
    package init?(
        folder: ModelFolder,
        options: ModelLoader.Options = ModelLoader.Options(),
        pooling: PoolingOptions = PoolingOptions()
    ) throws(ModelError) {
        let architecture = ArchitectureName(folder: folder)
        let modelType = folder.configuration["model_type"]?.string
        guard let row = EncoderRegistry.row(of: architecture, modelType: modelType) else { return nil }
        let path = folder.path(of: "config.json")
        guard let classHead = architecture.head, classHead != .nextToken else {
            throw .unknownArchitecture(
                name: folder.configuration["architectures"]?.array?.first?.string ?? "",
                path: path,
                known: EncoderRegistry.names
            )
        }
        self.folder = folder
        self.options = options
        var reader = ConfigReader(folder.configuration, path: path)
        let configuration = row.configuration(&reader)
        let isClassifier = pooling.task.map { $0 == .classify } ?? (classHead == .classifier)
        var head: [ClassifierNames.Stage] = []
        do throws(CheckpointError) {
            modules = try SentenceTransformersFolder(folder)
            if isClassifier {
                guard let names = row.head else {
                    throw .invalidConfiguration(
                        path: path,
                        problems: [
                            ConfigProblem(
                                key: "architectures",
                                reason: .unsupported(value: "a classifier", supported: "this family's embeddings")
                            )
                        ]
                    )
                }
                var results = ClassifierConfiguration(reader: &reader)
                if pooling.usesActivation == false { results.activation = .identity }
                kind = .classification(results)
                modes = [pooling.mode ?? names.pooling(&reader)]
                head = names.stages(&reader)
            } else {
                let isNormalized = modules.map(\.isNormalized) ?? true
                kind = .embedding(isNormalized: pooling.usesActivation ?? isNormalized)
                modes = pooling.mode.map { [$0] } ?? modules?.modes ?? [.cls]
            }
            try reader.finish()
            checkpoint = try Checkpoint(folder: folder.path)
        } catch { throw .checkpoint(error) }
        maxPositions = configuration.maxPositions
        source = .encoder(row, configuration, head: head)
        if let folder = options.weightCacheFolder, let quantization = options.quantization {
            cache = WeightCache(folder: folder, checkpoint: checkpoint, quantization: quantization)
        } else {
            cache = nil
        }
    }

    /// The longest text by default: what the module files say, at most what the model can take.
    package var defaultMaxLength: Int { min(maxPositions, modules?.maximumLength ?? maxPositions) }

    /// The architecture's name.
    package var architecture: String {
        folder.configuration["architectures"]?.array?.first?.string ?? folder.configuration["model_type"]?.string ?? ""
    }

    /// The size of the intermediate results of the greatest batch, in bytes.
    package func scratchByteCount(_ limits: EncoderLimits) -> Int {
        switch source {
        case .encoder(_, let configuration, _): EncoderScratch.byteCount(configuration, limits: limits)
        }
    }

    /// The type of the model's matrices once loaded: the one asked for, else the most common one of the file.
    package var weightDType: DType {
        if let dtype = options.dtype { return dtype }
        return checkpoint.names.lazy.compactMap { checkpoint.entry($0) }
            .first { $0.shape.count == 2 && $0.dtype != nil }?.dtype ?? .float32
    }

    /// The size in bytes of the weights as they are stored.
    package var weightByteCount: Int {
        checkpoint.names.reduce(0) { $0 + (checkpoint.entry($1)?.byteRange.count ?? 0) }
    }

    /// The mapped files whose weights are used in place.
    package var mappedWeights: [Storage] {
        if options.quantization != nil { return [cache?.storage].compactMap { $0 } }
        return options.dtype == nil ? checkpoint.files.map(\.storage) : []
    }

    /// Keeps what was quantized for the next start, where a folder for it was given.
    package func saveWeightCache() throws(ModelError) {
        do throws(CheckpointError) { try cache?.save() } catch { throw .checkpoint(error) }
    }

    /// Makes the model.
    ///
    /// - Parameters:
    ///   - backend: where it computes.
    ///   - limits: the greatest batch and the longest sequence.
    /// - Throws: `ModelError` that names the tensor that is missing or does not fit the configuration.
    package func load(backend: any Backend, limits: EncoderLimits) throws(ModelError) -> PoolingModel {
        switch source {
        case .encoder(let row, let configuration, let head):
            let prefix = row.names.prefixes.first { checkpoint.entry($0 + row.names.wordTable + ".weight") != nil } ?? ""
            let weights = WeightSource(checkpoint, options: options, cache: cache, backend: backend, prefix: prefix)
            let encoder = try EncoderModel(
                configuration,
                names: row.names,
                weights: weights,
                limits: limits,
                backend: backend
            )
            let width = configuration.hiddenSize
            let stages: [PooledStage]
            if case .classification(let results) = kind, let names = row.head {
                stages = try classifierStages(
                    head,
                    output: names.output,
                    labelCount: results.labels.count,
                    configuration: configuration,
                    model: weights,
                    backend: backend
                )
            } else {
                stages = try denseStages(width: modes.count * width, backend: backend)
            }
            do throws(BackendError) {
                return try PoolingModel(encoder: encoder, modes: modes, stages: stages, backend: backend)
            } catch { throw .backend(error) }
        }
    }

    private func classifierStages(
        _ stages: [ClassifierNames.Stage],
        output: String,
        labelCount: Int,
        configuration: EncoderConfiguration,
        model: WeightSource,
        backend: any Backend
    ) throws(ModelError) -> [PooledStage] {
        // heads are small: they stay as they are stored
        var plain = options
        plain.quantization = nil
        var inModel = model
        inModel.options = plain
        var outside = WeightSource(checkpoint, options: plain, cache: nil, backend: backend, prefix: "")
        let width = configuration.hiddenSize
        var result: [PooledStage] = []
        for stage in stages {
            switch stage {
            case .linear(let name, true, let hasBias):
                result.append(.linear(try inModel.linear([(name, width)], inputs: width, hasBias: hasBias)))
            case .linear(let name, false, let hasBias):
                result.append(.linear(try outside.linear([(name, width)], inputs: width, hasBias: hasBias)))
            case .norm(let name): result.append(.norm(try outside.layerNorm(name, configuration)))
            case .function(let function): result.append(.function(function))
            }
        }
        result.append(.linear(try outside.linear([(output, labelCount)], inputs: width, hasBias: true)))
        return result
    }

    private func denseStages(width: Int, backend: any Backend) throws(ModelError) -> [PooledStage] {
        var (result, width): ([PooledStage], Int) = ([], width)
        for dense in modules?.denses ?? [] {
            guard dense.inputs == width else {
                let reason = ConfigProblem.Reason.inconsistent("is \(dense.inputs), but the vector before has \(width)")
                throw .checkpoint(
                    .invalidConfiguration(
                        path: dense.folder + "/config.json",
                        problems: [ConfigProblem(key: "in_features", reason: reason)]
                    )
                )
            }
            let weights: Checkpoint
            do throws(CheckpointError) {
                weights = try Checkpoint(folder: dense.folder)
            } catch { throw .checkpoint(error) }
            var source = WeightSource(
                weights,
                options: ModelLoader.Options(dtype: options.dtype),
                cache: nil,
                backend: backend,
                prefix: ""
            )
            let linear = try source.linear([("linear", dense.outputs)], inputs: width, hasBias: dense.hasBias)
            result += [.linear(linear), .function(dense.function)]
            width = dense.outputs
        }
        return result
    }
}
