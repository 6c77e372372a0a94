package import MartletTensors

/// What decides the results of an encoder: the fields of its `config.json`.
package struct EncoderConfiguration: Sendable {
    /// Where the normalizations of a layer stand.
    package enum NormPlacement: Sendable, Hashable {
        /// After each sublayer's sum with its input, as in BERT.
        case afterSum
        /// Before each sublayer, and once after the last layer; the first layer's attention has none.
        case beforeSublayer
    }

    /// How a token's place in its sequence enters.
    package enum Positions: Sendable, Hashable {
        /// A row of a table for each position, the first position at row `offset`.
        ///
        /// Where there is a `paddingID`, tokens of that id have row `offset − 1` and are not counted.
        case table(rows: Int, offset: Int, paddingID: Int32?)
        /// Queries and keys are rotated, with a base for each layer.
        case rotary(thetas: [Double])
    }

    /// The name in the registry.
    package var architecture: String
    /// Rows of the embedding table.
    package var vocabularySize: Int
    /// The width of the residual stream.
    package var hiddenSize: Int
    /// The width of the MLP.
    package var intermediateSize: Int
    /// The number of layers.
    package var layerCount: Int
    /// The number of heads.
    package var headCount: Int
    /// Added to the variance in normalizations.
    package var layerNormEpsilon: Double
    /// The function between the MLP's projections.
    package var activation: Activation
    /// Whether the activation is multiplied by a second projection.
    package var isGated: Bool
    /// Where normalizations stand.
    package var normPlacement: NormPlacement
    /// How positions enter.
    package var positions: Positions
    /// The longest sequence.
    package var maxPositions: Int
    /// Rows of the table of token types; 0 for none.
    package var typeCount: Int
    /// How far a token of each layer sees to either side, itself included; `nil` for the whole sequence.
    package var slidingWindows: [Int?]
    /// Buckets of the distances that scores have a bias for; 0 for none.
    package var distanceBucketCount: Int
    /// Whether the projections of attention have biases.
    package var hasAttentionBias: Bool
    /// Whether the projection or projections into the MLP have biases.
    package var hasUpBias: Bool
    /// Whether the projection out of the MLP has a bias.
    package var hasDownBias: Bool
    /// Whether normalizations have biases.
    package var hasNormBias: Bool

    /// The width of a head.
    package var headDimension: Int { hiddenSize / headCount }
}
