package import MartletTensors

/// Everything about a decoder that decides its results, read from `config.json` by its architecture.
///
/// The architectures of the Llama family differ in this data only; `DecoderModel` computes them all.
package struct DecoderConfiguration: Sendable, Hashable {
    /// The name in the registry: `LlamaForCausalLM`.
    package var architecture: String
    /// The number of rows of the output matrix.
    package var vocabularySize: Int
    /// The width of the residual stream.
    package var hiddenSize: Int
    /// The width inside the MLP.
    package var intermediateSize: Int
    /// The number of layers.
    package var layerCount: Int
    /// The number of query heads.
    package var headCount: Int
    /// The number of key/value heads; divides `headCount`.
    package var kvHeadCount: Int
    /// The width of a head.
    package var headDimension: Int
    /// Added to the mean square of every normalization.
    package var rmsNormEpsilon: Double
    /// The function on the MLP's gate.
    package var activation: Activation
    /// Positions.
    package var rotary: RotaryConfiguration
    /// Whether the embedding matrix is the output matrix too.
    package var tieWordEmbeddings: Bool
    /// Whether the query, key and value projections have biases.
    package var hasQKVBias: Bool
    /// Whether attention's output projection has a bias.
    package var hasOutputBias: Bool
    /// Whether the MLP's projections have biases.
    package var hasMLPBias: Bool
    /// Whether each query and key head is normalized.
    package var hasQKNorm: Bool
    /// How many tokens a query sees in each layer; `nil` for all before it.
    package var slidingWindows: [Int?]

    /// The longest sequence that the model was configured for.
    package var maxPositions: Int { rotary.maxPositions }
    /// The width of all query heads together.
    package var queryWidth: Int { headCount * headDimension }
    /// The width of all key heads together.
    package var keyWidth: Int { kvHeadCount * headDimension }
    /// The width of the stacked query, key and value projections.
    package var qkvWidth: Int { queryWidth + 2 * keyWidth }

    /// What the model needs of a key/value cache.
    package var kvCacheSpec: KVCacheSpec {
        KVCacheSpec(layerCount: layerCount, kvHeadCount: kvHeadCount, headDimension: headDimension)
    }

    /// The memory for intermediate results and position tables, in bytes; known before anything is loaded.
    package func scratchByteCount(_ limits: ForwardLimits) -> Int {
        ForwardScratch.byteCount(self, limits: limits)
            + RotaryEmbedding.byteCount(rotary, positions: limits.maxModelLength)
    }

    /// The number of weights.
    package var parameterCount: Int {
        let attention = hiddenSize * (qkvWidth + queryWidth)
        let biases =
            (hasQKVBias ? qkvWidth : 0) + (hasOutputBias ? hiddenSize : 0)
            + (hasMLPBias ? 2 * intermediateSize + hiddenSize : 0)
        let norms = 2 * hiddenSize + (hasQKNorm ? 2 * headDimension : 0)
        let layer = attention + 3 * hiddenSize * intermediateSize + biases + norms
        return layerCount * layer + hiddenSize + vocabularySize * hiddenSize * (tieWordEmbeddings ? 1 : 2)
    }
}
