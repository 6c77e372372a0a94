package import MartletTensors

/// Everything about a decoder that decides its results, read from `config.json` by its architecture.
///
/// Architectures differ in this data only; `DecoderModel` computes them all.
package struct DecoderConfiguration: Sendable, Hashable {
    /// The name in the registry: `LlamaForCausalLM`.
    package var architecture: String
    /// How tensors are called.
    package var names = DecoderNames()
    /// The number of rows of the output matrix.
    package var vocabularySize: Int
    /// The width of the residual stream.
    package var hiddenSize: Int
    /// The width of embeddings, where it is not that of the residual stream.
    package var embeddingSize: Int
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
    /// The longest sequence that the model was configured for.
    package var maxPositions: Int

    /// The norms of the residual stream.
    package var norm: NormConfiguration
    /// The norms of query and key heads; `nil` for none.
    package var queryKeyNorm: QueryKeyNorm?
    /// The MLP's function.
    package var activation: Activation
    /// Whether attention and MLP see the same input and are added together.
    package var isParallel = false

    /// The rotations that layers choose from; empty where positions come in another way.
    package var rotaries: [RotaryConfiguration]
    /// Each layer's place in `rotaries`; `nil` for no rotation.
    package var layerRotaries: [Int?]
    /// Which elements of a head turn together.
    package var rotaryPairs = RotaryPairs.halves
    /// What stands before position 0 in the table of learned positions.
    package var positionOffset = 0
    /// What scores grow by with each position, for each head; `nil` for nothing.
    package var slopes: [Float]?

    /// The factor on scores.
    package var attentionScale: Double
    /// Bounds scores; `nil` for no bound.
    package var attentionSoftCap: Double?
    /// Bounds queries, keys and values; `nil` for no bound.
    package var qkvLimit: Double?
    /// Whether each query head sees a key without value.
    package var hasSinks = false
    /// How many tokens a query sees in each layer; `nil` for all before it.
    package var slidingWindows: [Int?]
    /// Keys and values from one latent vector; `nil` for projections of their own.
    package var latent: LatentConfiguration?

    /// The experts; `nil` where every layer has an MLP.
    package var mixture: MixtureConfiguration?
    /// Which layers have experts.
    package var mixtureLayers: [Bool]

    /// The factor on embeddings.
    package var embeddingScale = 1.0
    /// The factor on what attention and MLP add.
    package var residualScale = 1.0
    /// The factor on logits.
    package var logitScale = 1.0
    /// Bounds logits; `nil` for no bound.
    package var logitSoftCap: Double?

    /// Whether the embedding matrix is the output matrix too.
    package var tieWordEmbeddings: Bool
    /// Whether the rows of the output matrix are brought to length 1.
    package var normalizesOutputRows = false
    /// Whether the query, key and value projections have biases.
    package var hasQKVBias = false
    /// Whether attention's output projection has a bias.
    package var hasOutputBias = false
    /// Whether the MLP's projections have biases.
    package var hasMLPBias = false
    /// Whether the output matrix has a bias.
    package var hasLogitBias = false

    /// The rotation of layers that have one; the first of several.
    package var rotary: RotaryConfiguration {
        get {
            precondition(!rotaries.isEmpty, "\(architecture) has no rotations")
            return rotaries[0]
        }
        set {
            precondition(!rotaries.isEmpty, "\(architecture) has no rotations")
            rotaries[0] = newValue
        }
    }

    /// Whether positions beyond `maxPositions` have rotations that the model can use.
    package var extendsBeyondMaxPositions: Bool {
        !rotaries.isEmpty && rotaries.allSatisfy(\.extendsBeyondMaxPositions)
    }

    /// The longest sequence that models made for no longer ones rotate in their own way; `nil` where lengths do not
    /// matter.
    package var shortLength: Int? {
        for rotary in rotaries { if case .longrope(let longrope) = rotary.scaling { return longrope.originalLength } }
        return nil
    }

    /// The width of all query heads together.
    package var queryWidth: Int { headCount * headDimension }
    /// The width of all key heads together.
    package var keyWidth: Int { kvHeadCount * headDimension }
    /// The width of the stacked query, key and value projections.
    package var qkvWidth: Int { queryWidth + 2 * keyWidth }
}

/// The norms of query and key heads.
package struct QueryKeyNorm: Sendable, Hashable {
    /// Which weights normalize what.
    package enum Span: Sendable, Hashable {
        /// Each head, all with the same weights.
        case head
        /// Each head with its own weights, `[heads, headDimension]`.
        case ownHead
        /// Each head with its own weights, a tensor `norms.N` for each.
        case listedHeads
        /// All heads together.
        case row
    }

    /// The norm.
    package var norm: NormConfiguration
    /// What is normalized together.
    package var span: Span
    /// Whether heads are rotated first.
    package var followsRotation = false
}

/// Attention whose keys and values come from one latent vector for each token (MLA).
///
/// The cache keeps that vector and the rotated part of the key, once for all heads: queries are brought into the latent
/// space instead of keys out of it.
///
/// - SeeAlso: DeepSeek-V2, arXiv:2405.04434.
package struct LatentConfiguration: Sendable, Hashable {
    /// The width of the queries' latent vector; `nil` for queries straight from the residual stream.
    package var queryRank: Int?
    /// The width of the latent vector.
    package var rank: Int
    /// The part of a head that knows no positions.
    package var plainDimension: Int
    /// The part of a head that is rotated.
    package var rotaryDimension: Int
    /// The width of a head's value.
    package var valueDimension: Int

    /// The width of a query head as projected.
    package var projectedDimension: Int { plainDimension + rotaryDimension }
    /// The width of a cached key: the rotated part, then the latent vector.
    package var keyDimension: Int { rotaryDimension + rank }
}
