import MartletCheckpoints
package import MartletTensors

extension PoolingLoader {
    /// Makes the model.
    ///
    /// - Parameters:
    ///   - backend: where it computes.
    ///   - limits: the greatest batch and the longest sequence.
    /// - Returns: the model, its memory allocated.
    /// - Throws: `ModelError` that names the tensor that is missing or does not fit the configuration.
    package func load(backend: any Backend, limits: EncoderLimits) throws(ModelError) -> PoolingModel {
        let (encoder, stages): (any SequenceEncoder, [PooledStage])
        switch source {
        case .encoder(let row, let configuration, let head):
            (encoder, stages) = try load(row, configuration, head, backend: backend, limits: limits)
        case .decoder(let configuration, let answers):
            (encoder, stages) = try load(configuration, answers, backend: backend, limits: limits)
        }
        do throws(BackendError) {
            return try PoolingModel(encoder: encoder, modes: modes, stages: stages, backend: backend)
        } catch { throw .backend(error) }
    }

    private func load(
        _ row: EncoderRegistry.Row,
        _ configuration: EncoderConfiguration,
        _ head: [ClassifierNames.Stage],
        backend: any Backend,
        limits: EncoderLimits
    ) throws(ModelError) -> (any SequenceEncoder, [PooledStage]) {
        let prefix = row.names.prefixes.first { checkpoint.entry($0 + row.names.wordTable + ".weight") != nil } ?? ""
        let weights = WeightSource(checkpoint, options: options, cache: cache, backend: backend, prefix: prefix)
        let encoder = try EncoderModel(
            configuration,
            names: row.names,
            weights: weights,
            limits: limits,
            backend: backend
        )
        guard case .classification(let results) = kind, let names = row.head else {
            return (encoder, try denseStages(width: modes.count * configuration.hiddenSize, backend: backend))
        }
        let stages = try classifierStages(
            head,
            output: (names.output, results.labels.count),
            configuration: configuration,
            model: weights,
            backend: backend
        )
        return (encoder, stages)
    }

    private func load(
        _ configuration: DecoderConfiguration,
        _ answers: [Int32]?,
        backend: any Backend,
        limits: EncoderLimits
    ) throws(ModelError) -> (any SequenceEncoder, [PooledStage]) {
        let weights = WeightSource(
            checkpoint,
            names: configuration.names,
            options: options,
            cache: cache,
            backend: backend
        )
        let encoder = try DecoderEncoder(configuration, weights: weights, limits: limits, backend: backend)
        let width = configuration.hiddenSize
        guard case .classification(let results) = kind else {
            return (encoder, try denseStages(width: modes.count * width, backend: backend))
        }
        if let answers { return (encoder, [.linear(try answerDifference(answers, configuration, weights))]) }
        var outside = plainSource(backend)
        return (encoder, [.linear(try outside.linear([("score", results.labels.count)], inputs: width))])
    }

    /// How much likelier the second answer is than the first: the difference of their rows of the output matrix.
    private func answerDifference(
        _ answers: [Int32],
        _ configuration: DecoderConfiguration,
        _ weights: WeightSource
    ) throws(ModelError) -> Linear {
        var weights = weights
        let names = configuration.names
        let table = try weights.matrix(
            (configuration.tieWordEmbeddings ? names.embedding : Quantization.outputModule) + ".weight",
            configuration.vocabularySize,
            configuration.hiddenSize
        )
        let rows = answers.map { table.rows(Int($0)..<Int($0) + 1).converted(to: .float32) }
        let width = configuration.hiddenSize
        let difference = Tensor(storage: Storage(hostByteCount: width * 4), dtype: .float32, shape: Shape(1, width))
        let target = unsafe difference.hostPointer(as: Float.self)
        // the pointers do not keep the rows
        withExtendedLifetime(rows) {
            let (no, yes) = unsafe (rows[0].hostPointer(as: Float.self), rows[1].hostPointer(as: Float.self))
            for index in 0..<width { unsafe target[index] = yes[index] - no[index] }
        }
        return Linear(weight: Weight([Weight.Part(tensor: difference)]))
    }

    /// A source of tensors under their full names; heads are small and stay as they are stored.
    private func plainSource(_ backend: any Backend) -> WeightSource {
        var plain = options
        plain.quantization = nil
        return WeightSource(checkpoint, options: plain, cache: nil, backend: backend, prefix: "")
    }

    private func classifierStages(
        _ stages: [ClassifierNames.Stage],
        output: (name: String, labelCount: Int),
        configuration: EncoderConfiguration,
        model: WeightSource,
        backend: any Backend
    ) throws(ModelError) -> [PooledStage] {
        var (inModel, outside) = (model, plainSource(backend))
        inModel.options.quantization = nil
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
        result.append(.linear(try outside.linear([(output.name, output.labelCount)], inputs: width, hasBias: true)))
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
