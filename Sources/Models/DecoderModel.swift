import MartletCheckpoints
package import MartletTensors

/// A decoder of the Llama family: embedding, layers, final norm, output matrix.
///
/// Everything is immutable but the contents of the scratch memory, which one `forward` at a time uses.
package final class DecoderModel: LanguageModel {
    /// What decides the results.
    package let configuration: DecoderConfiguration
    /// What one call may hold.
    package let limits: ForwardLimits
    private let backend: any Backend
    private let embedTokens: Tensor
    private let layers: [DecoderLayer]
    private let norm: RMSNorm
    private let lmHead: Linear
    private let scratch: ForwardScratch

    /// The number of rows of the output matrix.
    package var vocabularySize: Int { configuration.vocabularySize }
    /// The longest sequence the model was configured for.
    package var maxPositions: Int { configuration.maxPositions }
    /// What it needs of the key/value cache.
    package var kvCacheSpec: KVCacheSpec { configuration.kvCacheSpec }

    /// The size of the matrices of all projections, in bytes.
    package var linearByteCount: Int {
        layers.reduce(lmHead.weight.byteCount) { total, layer in
            let (attention, mlp) = (layer.selfAttention, layer.mlp)
            return [attention.qkvProj, attention.oProj, mlp.gateUpProj, mlp.downProj].reduce(total) {
                $0 + $1.weight.byteCount
            }
        }
    }

    /// Takes the weights out of a checkpoint and allocates scratch memory.
    init(
        _ configuration: DecoderConfiguration,
        checkpoint: Checkpoint,
        options: ModelLoader.Options,
        limits: ForwardLimits,
        backend: any Backend
    ) throws(ModelError) {
        self.configuration = configuration
        self.limits = limits
        self.backend = backend
        var weights = WeightSource(checkpoint, options: options, backend: backend)
        let table: Tensor
        do throws(BackendError) {
            scratch = try ForwardScratch(configuration, limits: limits, backend: backend)
            table = try RotaryEmbedding.makeTable(
                configuration.rotary,
                positions: limits.maxModelLength,
                backend: backend
            )
        } catch { throw .backend(error) }
        let (vocabulary, hidden) = (configuration.vocabularySize, configuration.hiddenSize)
        embedTokens = try weights.matrix("embed_tokens.weight", vocabulary, hidden)
        var layers: [DecoderLayer] = []
        for index in 0..<configuration.layerCount {
            layers.append(try weights.decoderLayer(configuration, index: index, rotaryTable: table))
        }
        self.layers = layers
        norm = try weights.norm("norm", hidden, Float(configuration.rmsNormEpsilon))
        lmHead =
            configuration.tieWordEmbeddings
            ? try weights.tiedOutput(embedTokens)
            : try weights.linear([(Quantization.outputModule, vocabulary)], inputs: hidden)
        let unused = weights.unusedLayerTensors(layerCount: configuration.layerCount)
        if !unused.isEmpty { throw .unusedTensors(names: unused, folder: checkpoint.folder) }
    }

    /// Runs the batch, writes its keys and values into the cache and the wanted rows' logits.
    ///
    /// - Parameters:
    ///   - batch: at most `limits.maxBatchedTokens` tokens.
    ///   - cache: the cache of this model.
    ///   - logits: `[batch.logitsCount, vocabularySize]`, float32.
    /// - Throws: `BackendError` when the device fails.
    package func forward(_ batch: ForwardBatch, cache: KVCache, logits: Tensor) throws(BackendError) {
        let tokens = batch.tokenCount
        precondition(
            tokens > 0 && tokens <= limits.maxBatchedTokens && batch.logitsCount <= limits.maxLogitsRows,
            "a batch of \(tokens) tokens and \(batch.logitsCount) rows of logits exceeds \(limits)"
        )
        let residual = scratch.residual.prefix(rows: tokens)
        backend.embed(batch.tokenIDs, table: embedTokens, into: residual)
        for layer in layers {
            layer.forward(residual, batch: batch.attention, cache: cache, scratch: scratch, backend: backend)
        }
        if batch.logitsCount == 0 { return }
        // norm and output matrix see only the rows that want logits
        let gathered = scratch.gathered.prefix(rows: batch.logitsCount)
        backend.gatherRows(residual, rows: batch.logitsIndices, into: gathered)
        norm.forward(gathered, into: gathered, backend: backend)
        lmHead.forward(gathered, into: logits, backend: backend)
    }
}

extension WeightSource {
    /// The weights of one layer.
    fileprivate mutating func decoderLayer(
        _ configuration: DecoderConfiguration,
        index: Int,
        rotaryTable: Tensor
    ) throws(ModelError) -> DecoderLayer {
        let name = "layers.\(index)."
        let epsilon = Float(configuration.rmsNormEpsilon)
        let (hidden, width) = (configuration.hiddenSize, configuration.intermediateSize)
        let (queries, keys) = (configuration.queryWidth, configuration.keyWidth)
        let attention = name + "self_attn."
        let head = configuration.headDimension
        let qNorm = configuration.hasQKNorm ? try norm(attention + "q_norm", head, epsilon) : nil
        let kNorm = configuration.hasQKNorm ? try norm(attention + "k_norm", head, epsilon) : nil
        return DecoderLayer(
            inputLayerNorm: try norm(name + "input_layernorm", hidden, epsilon),
            selfAttention: Attention(
                qkvProj: try linear(
                    [(attention + "q_proj", queries), (attention + "k_proj", keys), (attention + "v_proj", keys)],
                    inputs: hidden,
                    hasBias: configuration.hasQKVBias
                ),
                oProj: try linear(
                    [(attention + "o_proj", hidden)],
                    inputs: queries,
                    hasBias: configuration.hasOutputBias
                ),
                qNorm: qNorm,
                kNorm: kNorm,
                parameters: AttentionParameters(
                    headCount: configuration.headCount,
                    kvHeadCount: configuration.kvHeadCount,
                    headDimension: head,
                    scale: 1 / Float(head).squareRoot(),
                    slidingWindow: configuration.slidingWindows[index]
                ),
                rotaryTable: rotaryTable,
                layerIndex: index
            ),
            postAttentionLayerNorm: try norm(name + "post_attention_layernorm", hidden, epsilon),
            mlp: GatedMLP(
                gateUpProj: try linear(
                    [(name + "mlp.gate_proj", width), (name + "mlp.up_proj", width)],
                    inputs: hidden,
                    hasBias: configuration.hasMLPBias
                ),
                downProj: try linear(
                    [(name + "mlp.down_proj", hidden)],
                    inputs: width,
                    hasBias: configuration.hasMLPBias
                ),
                activation: configuration.activation
            )
        )
    }

    fileprivate mutating func norm(_ name: String, _ width: Int, _ epsilon: Float) throws(ModelError) -> RMSNorm {
        RMSNorm(weight: try vector(name + ".weight", width), epsilon: epsilon)
    }
}
