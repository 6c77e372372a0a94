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
        /// - Returns: the embedding or the results of the labels.
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
    let source: Source
    let modes: [PoolingMode]

    /// Where token vectors come from.
    enum Source: Sendable {
        case encoder(EncoderRegistry.Row, EncoderConfiguration, head: [ClassifierNames.Stage])
        /// A decoder; its scores are those of `score`, or of the answer tokens.
        case decoder(DecoderConfiguration, answerTokens: [Int32]?)
    }

    let checkpoint: Checkpoint
    let cache: WeightCache?

    /// Reads and checks the configuration and the headers of the weights.
    ///
    /// - Returns: `nil` where the folder is of a model that generates and nothing asks for pooling.
    /// - Throws: `ModelError` that says what is wrong where.
    package init?(
        folder: ModelFolder,
        options: ModelLoader.Options = ModelLoader.Options(),
        pooling: PoolingOptions = PoolingOptions()
    ) throws(ModelError) {
        self.folder = folder
        self.options = options
        let name = ArchitectureName(folder: folder)
        let foundModules: SentenceTransformersFolder?
        do throws(CheckpointError) { foundModules = try SentenceTransformersFolder(folder) } catch {
            throw .checkpoint(error)
        }
        modules = foundModules
        let isAsked = pooling.isWanted || pooling.task != nil || pooling.mode != nil || pooling.usesActivation != nil
        if let row = EncoderRegistry.row(of: name, modelType: folder.configuration["model_type"]?.string) {
            (kind, modes, source) = try Self.encoder(folder, row, name, pooling, foundModules)
        } else if let decoder = name.decoder, isAsked || foundModules != nil || name.head != .nextToken {
            (kind, modes, source) = try Self.decoder(folder, decoder, name, pooling, foundModules)
        } else if isAsked {
            let known = EncoderRegistry.names + ModelRegistry.names
            throw .unknownArchitecture(
                name: folder.configuration["architectures"]?.array?.first?.string ?? "",
                path: folder.path(of: "config.json"),
                known: known
            )
        } else {
            return nil
        }
        do throws(CheckpointError) { checkpoint = try Checkpoint(folder: folder.path) } catch {
            throw .checkpoint(error)
        }
        switch source {
        case .encoder(_, let configuration, _): maxPositions = configuration.maxPositions
        case .decoder(let configuration, _): maxPositions = configuration.maxPositions
        }
        if let folder = options.weightCacheFolder, let quantization = options.quantization {
            cache = WeightCache(folder: folder, checkpoint: checkpoint, quantization: quantization)
        } else {
            cache = nil
        }
    }

    private static func encoder(
        _ folder: ModelFolder,
        _ row: EncoderRegistry.Row,
        _ name: ArchitectureName,
        _ pooling: PoolingOptions,
        _ modules: SentenceTransformersFolder?
    ) throws(ModelError) -> (Kind, [PoolingMode], Source) {
        let path = folder.path(of: "config.json")
        guard let classHead = name.head, classHead != .nextToken else {
            throw .unknownArchitecture(
                name: folder.configuration["architectures"]?.array?.first?.string ?? "",
                path: path,
                known: EncoderRegistry.names
            )
        }
        var reader = ConfigReader(folder.configuration, path: path)
        let configuration = row.configuration(&reader)
        var (kind, modes, head) = embedding(pooling, modules, default: .cls)
        if pooling.task.map({ $0 == .classify }) ?? (classHead == .classifier) {
            if let names = row.head {
                kind = classification(&reader, pooling)
                modes = [pooling.mode ?? names.pooling(&reader)]
                head = names.stages(&reader)
            } else {
                reader.report(
                    "architectures",
                    .unsupported(value: "a classifier", supported: "this family's embeddings")
                )
            }
        }
        do throws(CheckpointError) { try reader.finish() } catch { throw .checkpoint(error) }
        return (kind, modes, .encoder(row, configuration, head: head))
    }

    private static func decoder(
        _ folder: ModelFolder,
        _ decoder: String,
        _ name: ArchitectureName,
        _ pooling: PoolingOptions,
        _ modules: SentenceTransformersFolder?
    ) throws(ModelError) -> (Kind, [PoolingMode], Source) {
        let configuration = try ModelRegistry.configuration(of: folder, as: decoder)
        guard pooling.task.map({ $0 == .classify }) ?? (name.head == .classifier) else {
            let (kind, modes, _) = embedding(pooling, modules, default: .last)
            return (kind, modes, .decoder(configuration, answerTokens: nil))
        }
        var reader = ConfigReader(folder.configuration, path: folder.path(of: "config.json"))
        var results = ClassifierConfiguration(labels: ["LABEL_0"], activation: .sigmoid)
        if name.head == .classifier {
            results = ClassifierConfiguration(reader: &reader)
        } else if pooling.answerTokens?.count != 2 {
            reader.report(
                "architectures",
                .unsupported(value: "a classifier", supported: "models that answer yes or no")
            )
        }
        if pooling.usesActivation == false { results.activation = .identity }
        do throws(CheckpointError) { try reader.finish() } catch { throw .checkpoint(error) }
        let answers = name.head == .classifier ? nil : pooling.answerTokens
        return (.classification(results), [pooling.mode ?? .last], .decoder(configuration, answerTokens: answers))
    }

    private static func embedding(
        _ pooling: PoolingOptions,
        _ modules: SentenceTransformersFolder?,
        default mode: PoolingMode
    ) -> (Kind, [PoolingMode], [ClassifierNames.Stage]) {
        let isNormalized = pooling.usesActivation ?? modules?.isNormalized ?? true
        let own = modules.flatMap { $0.modes.isEmpty ? nil : $0.modes }
        return (.embedding(isNormalized: isNormalized), pooling.mode.map { [$0] } ?? own ?? [mode], [])
    }

    private static func classification(_ reader: inout ConfigReader, _ pooling: PoolingOptions) -> Kind {
        var results = ClassifierConfiguration(reader: &reader)
        if pooling.usesActivation == false { results.activation = .identity }
        return .classification(results)
    }

    /// The longest text by default: what the module files say, at most what the model can take.
    package var defaultMaxLength: Int { min(maxPositions, modules?.maximumLength ?? maxPositions) }

    /// Whether a score is how much likelier one answer is than the other to a question about a pair.
    package var answersQuestions: Bool {
        if case .decoder(_, answerTokens: .some) = source { true } else { false }
    }

    /// The architecture's name.
    package var architecture: String {
        folder.configuration["architectures"]?.array?.first?.string ?? folder.configuration["model_type"]?.string ?? ""
    }

    /// The size of the intermediate results of the greatest batch, in bytes.
    package func scratchByteCount(_ limits: EncoderLimits) -> Int {
        switch source {
        case .encoder(_, let configuration, _): EncoderScratch.byteCount(configuration, limits: limits)
        case .decoder(let configuration, _): DecoderEncoder.byteCount(configuration, limits: limits)
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
        return options.dtype == nil ? checkpoint.storages : []
    }

    /// Keeps what was quantized for the next start, where a folder for it was given.
    package func saveWeightCache() throws(ModelError) {
        do throws(CheckpointError) { try cache?.save() } catch { throw .checkpoint(error) }
    }
}
