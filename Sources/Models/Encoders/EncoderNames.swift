/// What an encoder's tensors are called, without `.weight` and `.bias`.
struct EncoderNames: Sendable {
    /// What may stand before all names: of the bare model, of one with a head.
    var prefixes: [String]
    var wordTable: String
    var positionTable: String?
    var typeTable: String?
    var embeddingNorm: String
    /// What stands before a layer's number.
    var layers: String
    /// Query, key and value, or one of all three; inside a layer, as all that follow.
    var projections: [String]
    var attentionOutput: String
    var attentionNorm: String
    /// The projection into the MLP, or the gate's and the other one, or one of both with the gate's rows first.
    var up: [String]
    var down: String
    var outputNorm: String
    /// After the last layer.
    var finalNorm: String?
    /// The table of biases by distance bucket.
    var distanceBias: String?
}
