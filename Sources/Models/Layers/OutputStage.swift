import MartletTensors

/// From the residual stream to logits, or to normalized hidden states.
struct OutputStage: Sendable {
    private let norm: Norm?
    /// To the width of embeddings; `nil` where it is that of the residual stream.
    private let projection: Linear?
    /// The output matrix `[vocabulary, embeddingSize]`; `nil` where hidden states are wanted.
    let lmHead: Linear?
    private let scale: Float
    private let softCap: Float?

    /// Takes the weights out of a checkpoint.
    ///
    /// - Parameters:
    ///   - configuration: the model's.
    ///   - table: the embeddings, for models whose output matrix they are.
    ///   - weights: the checkpoint's.
    ///   - givesHiddenStates: whether the normalized residual stream is the result, rather than logits.
    /// - Throws: `ModelError` that names a tensor.
    init(
        _ configuration: DecoderConfiguration,
        table: Weight.Part,
        weights: inout WeightSource,
        givesHiddenStates: Bool
    ) throws(ModelError) {
        let names = configuration.names
        let (width, hidden) = (configuration.embeddingSize, configuration.hiddenSize)
        var norm: Norm?
        if let name = names.finalNorm { norm = try weights.norm(name, hidden, configuration.norm) }
        self.norm = norm
        var projection: Linear?
        if let name = names.embeddingProjections?.second {
            projection = try weights.linear([(name, width)], inputs: hidden)
        }
        self.projection = projection
        if givesHiddenStates {
            lmHead = nil
        } else if configuration.tieWordEmbeddings {
            lmHead = try weights.tiedOutput(table, inputs: width)
        } else if configuration.normalizesOutputRows {
            lmHead = try weights.normalizedOutput(configuration.vocabularySize, inputs: width)
        } else {
            lmHead = try weights.linear(
                [(Quantization.outputModule, configuration.vocabularySize)],
                inputs: width,
                hasBias: configuration.hasLogitBias
            )
        }
        scale = Float(configuration.logitScale)
        softCap = configuration.logitSoftCap.map { Float($0) }
    }

    /// Normalizes `rows` in place, and computes `[rows, vocabulary]` where there is an output matrix.
    func forward(_ rows: Tensor, into logits: Tensor, scratch: ForwardScratch, backend: any Backend) {
        norm?.forward(rows, into: rows, backend: backend)
        guard let lmHead else { return }
        var input = rows
        if let projection {
            input = scratch.embedded.prefix(rows: rows.shape[0])
            projection.forward(rows, into: input, backend: backend)
        }
        lmHead.forward(input, into: logits, backend: backend)
        let wanted = logits.prefix(rows: rows.shape[0])
        if scale != 1 { backend.scale(wanted, by: scale) }
        if let softCap { backend.softCap(wanted, to: softCap) }
    }
}
