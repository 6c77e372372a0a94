import MartletCheckpoints
package import MartletTensors

/// A decoder: embedding, layers, final norm, output matrix.
///
/// Everything is immutable but the contents of the scratch memory, which one `forward` at a time uses.
package final class DecoderModel: LanguageModel {
    /// What decides the results.
    package let configuration: DecoderConfiguration
    /// What one call may hold.
    package let limits: ForwardLimits
    private let backend: any Backend
    private let embedding: EmbeddingStage
    private let layers: [DecoderLayer]
    private let output: OutputStage
    private let scratch: ForwardScratch

    /// The number of rows of the output matrix.
    package var vocabularySize: Int { configuration.vocabularySize }
    /// The longest sequence the model was configured for.
    package var maxPositions: Int { configuration.maxPositions }
    /// What it needs of the key/value cache.
    package var kvCacheSpec: KVCacheSpec { configuration.kvCacheSpec }

    /// The size of the matrices of all projections, in bytes.
    package var linearByteCount: Int {
        layers.reduce(output.lmHead?.weight.byteCount ?? 0) { total, layer in
            layer.linears.reduce(total) { $0 + $1.weight.byteCount }
        }
    }

    /// Takes the weights out of a checkpoint and allocates scratch memory.
    ///
    /// Without an output matrix, where `givesHiddenStates`, only `hiddenStates` may be called.
    init(
        _ configuration: DecoderConfiguration,
        weights source: WeightSource,
        limits: ForwardLimits,
        backend: any Backend,
        givesHiddenStates: Bool = false
    ) throws(ModelError) {
        if configuration.names.positions != nil, limits.maxModelLength > configuration.maxPositions {
            throw .invalidLength(tokenCount: limits.maxModelLength, limit: configuration.maxPositions)
        }
        self.configuration = configuration
        self.limits = limits
        self.backend = backend
        var weights = source
        let shared: SharedTables
        do throws(BackendError) {
            scratch = try ForwardScratch(configuration, limits: limits, backend: backend)
            shared = try SharedTables(configuration, positions: limits.maxModelLength, backend: backend)
        } catch { throw .backend(error) }
        embedding = try EmbeddingStage(configuration, weights: &weights)
        var layers: [DecoderLayer] = []
        for index in 0..<configuration.layerCount {
            layers.append(try weights.decoderLayer(configuration, index: index, shared: shared))
        }
        self.layers = layers
        output = try OutputStage(
            configuration,
            table: embedding.table,
            weights: &weights,
            givesHiddenStates: givesHiddenStates
        )
        let unused = weights.unusedLayerTensors(layerCount: configuration.layerCount)
        if !unused.isEmpty { throw .unusedTensors(names: unused, folder: weights.folder) }
    }

    /// Runs the batch, writes its keys and values into the cache and the wanted rows' logits.
    ///
    /// - Parameters:
    ///   - batch: at most `limits.maxBatchedTokens` tokens.
    ///   - cache: the cache of this model.
    ///   - logits: `[batch.logitsCount, vocabularySize]`, float32.
    /// - Throws: `BackendError` when the device fails.
    package func forward(_ batch: ForwardBatch, cache: KVCache, logits: Tensor) throws(BackendError) {
        precondition(output.lmHead != nil, "a decoder without an output matrix")
        run(batch, cache: cache, logits: logits)
    }

    /// Runs the batch, writes its keys and values into the cache, and gives the wanted rows' normalized hidden states.
    ///
    /// - Returns: `[batch.logitsCount, hiddenSize]`, float32, valid until the next call.
    func hiddenStates(_ batch: ForwardBatch, cache: KVCache) -> Tensor {
        precondition(output.lmHead == nil, "a decoder with an output matrix")
        let gathered = scratch.gathered.prefix(rows: batch.logitsCount)
        run(batch, cache: cache, logits: gathered)
        return gathered
    }

    private func run(_ batch: ForwardBatch, cache: KVCache, logits: Tensor) {
        let tokens = batch.tokenCount
        precondition(
            tokens > 0 && tokens <= limits.maxBatchedTokens && batch.logitsCount <= limits.maxLogitsRows,
            "a batch of \(tokens) tokens and \(batch.logitsCount) rows of logits exceeds \(limits)"
        )
        let residual = scratch.residual.prefix(rows: tokens)
        embedding.forward(batch, into: residual, scratch: scratch, backend: backend)
        let step = ForwardStep(batch: batch.attention, cache: cache, scratch: scratch, backend: backend)
        for layer in layers { layer.forward(residual, step: step) }
        if batch.logitsCount == 0 { return }
        // norm and output matrix see only the rows that want logits
        let gathered = scratch.gathered.prefix(rows: batch.logitsCount)
        backend.gatherRows(residual, rows: batch.logitsIndices, into: gathered)
        output.forward(gathered, into: logits, scratch: scratch, backend: backend)
    }
}
