import MartletCheckpoints
package import MartletTensors

/// An encoder of the BERT family: embeddings, layers in which every token sees the whole sequence.
///
/// Everything is immutable but the contents of the scratch memory, which one call at a time uses.
package final class EncoderModel: SequenceEncoder {
    /// What decides the results.
    package let configuration: EncoderConfiguration
    /// What one call may hold.
    package let limits: EncoderLimits
    private let backend: any Backend
    private let embeddings: EncoderEmbeddings
    private let layers: [EncoderLayer]
    private let finalNorm: LayerNormParameters?
    private let inputs: EncoderInputs
    private let scratch: EncoderScratch

    /// Token ids are below this.
    package var vocabularySize: Int { configuration.vocabularySize }
    /// Token types are below this.
    package var typeCount: Int { max(1, configuration.typeCount) }
    /// The width of a token's vector.
    package var hiddenSize: Int { configuration.hiddenSize }

    /// Takes the weights out of a checkpoint and allocates scratch memory.
    init(
        _ configuration: EncoderConfiguration,
        names: EncoderNames,
        weights source: WeightSource,
        limits: EncoderLimits,
        backend: any Backend
    ) throws(ModelError) {
        self.configuration = configuration
        self.limits = limits
        self.backend = backend
        var weights = source
        let tables: [Tensor?]
        do throws(BackendError) {
            inputs = try EncoderInputs(limits, backend: backend)
            scratch = try EncoderScratch(configuration, limits: limits, backend: backend)
            tables = try configuration.rotaryTables(positions: limits.maxLength, backend: backend)
        } catch { throw .backend(error) }
        embeddings = try weights.embeddings(configuration, names)
        var bias: Tensor?
        if let name = names.distanceBias {
            let buckets = try weights.matrix(
                name + ".weight",
                configuration.distanceBucketCount,
                configuration.headCount
            )
            bias = DistanceBias.table(buckets.converted(to: .float32), reach: limits.maxLength)
        }
        var layers: [EncoderLayer] = []
        for index in 0..<configuration.layerCount {
            layers.append(
                try weights.encoderLayer(configuration, names, index: index, rotaryTable: tables[index], bias: bias)
            )
        }
        self.layers = layers
        finalNorm = try names.finalNorm.map { name throws(ModelError) in
            try weights.layerNorm(name, configuration)
        }
        let unused = weights.unusedTensors(in: names.layers, count: configuration.layerCount)
        if !unused.isEmpty { throw .unusedTensors(names: unused, folder: weights.folder) }
    }

    /// The vectors of the wanted tokens.
    ///
    /// - Precondition: the batch is within the limits, ids and types in range.
    package func hiddenStates(of batch: EncoderBatch, rows: EncoderRows) throws(BackendError) -> Tensor {
        let count = batch.tokenCount
        precondition(
            count > 0 && count <= limits.maxBatchedTokens && batch.sequences.count <= limits.maxSequences,
            "a batch of \(count) tokens in \(batch.sequences.count) sequences exceeds \(limits)"
        )
        let uploaded = inputs.upload(batch, positions: configuration.positions, rows: rows, backend: backend)
        let hidden = scratch.hidden.prefix(rows: count)
        embeddings.forward(uploaded, into: hidden, scratch: scratch.branch.prefix(rows: count), backend: backend)
        for layer in layers {
            layer.forward(hidden, batch: uploaded.attention, scratch: scratch, backend: backend)
        }
        var result = hidden
        if let wanted = uploaded.rows {
            result = scratch.wanted.prefix(rows: batch.sequences.count)
            backend.gatherRows(hidden, rows: wanted, into: result)
        }
        if let finalNorm { backend.layerNorm(result, norm: finalNorm, into: result) }
        return result
    }
}

/// The sum of a token's vector, its position's and its type's, normalized.
struct EncoderEmbeddings: Sendable {
    let wordTable: Tensor
    let positionTable: Tensor?
    let typeTable: Tensor?
    let norm: LayerNormParameters

    /// Writes `[tokens, hiddenSize]`; `scratch` is of the same shape.
    func forward(_ inputs: EncoderInputs.Uploaded, into hidden: Tensor, scratch: Tensor, backend: any Backend) {
        backend.embed(inputs.tokenIDs, table: wordTable, into: hidden)
        if let typeTable {
            backend.embed(inputs.types, table: typeTable, into: scratch)
            backend.add(scratch, to: hidden)
        }
        if let positionTable {
            backend.embed(inputs.tableRows, table: positionTable, into: scratch)
            backend.add(scratch, to: hidden)
        }
        backend.layerNorm(hidden, norm: norm, into: hidden)
    }
}
