import MartletTensors

/// From token ids to the residual stream.
struct EmbeddingStage: Sendable {
    /// The embeddings: `[vocabulary, embeddingSize]`.
    let table: Weight.Part
    /// The factor on embeddings.
    private let scale: Float
    /// To the width of the residual stream; `nil` where it is that of embeddings.
    private let projection: Linear?
    /// A row for each position; `nil` for none.
    private let positions: Tensor?
    private let norm: Norm?

    /// Takes the weights out of a checkpoint.
    init(_ configuration: DecoderConfiguration, weights: inout WeightSource) throws(ModelError) {
        let names = configuration.names
        let (width, hidden) = (configuration.embeddingSize, configuration.hiddenSize)
        table = try weights.table(names.embedding, configuration.vocabularySize, width)
        scale = Float(configuration.embeddingScale)
        var projection: Linear?
        if let name = names.embeddingProjections?.first {
            projection = try weights.linear([(name, hidden)], inputs: width)
        }
        self.projection = projection
        var positions: Tensor?
        if let name = names.positions {
            let offset = configuration.positionOffset
            let rows = configuration.maxPositions + offset
            positions = try weights.matrix(name + ".weight", rows, hidden).rows(offset..<rows)
        }
        self.positions = positions
        var norm: Norm?
        if let name = names.embeddingNorm { norm = try weights.norm(name, hidden, configuration.norm) }
        self.norm = norm
    }

    /// Writes the residual stream `[tokens, hiddenSize]`.
    func forward(_ batch: ForwardBatch, into residual: Tensor, scratch: ForwardScratch, backend: any Backend) {
        if let projection {
            let embedded = scratch.embedded.prefix(rows: residual.shape[0])
            backend.embed(batch.tokenIDs, part: table, into: embedded)
            projection.forward(embedded, into: residual, backend: backend)
        } else {
            backend.embed(batch.tokenIDs, part: table, into: residual)
        }
        if scale != 1 { backend.scale(residual, by: scale) }
        if let positions {
            let rows = scratch.attentionResult.prefix(rows: residual.shape[0])
            backend.embed(batch.attention.positions, table: positions, into: rows)
            backend.add(rows, to: residual)
        }
        norm?.forward(residual, into: residual, backend: backend)
    }
}
