import MartletCheckpoints

/// DistilBERT: BERT's layers without token types, under names of its own.
///
/// - SeeAlso: `DistilBertModel` of `transformers`; arXiv:1910.01108.
enum DistilBERT {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> EncoderConfiguration {
        let keys = EncoderKeys(
            hiddenSize: "dim",
            intermediateSize: "hidden_dim",
            layerCount: "n_layers",
            headCount: "n_heads",
            activation: "activation",
            defaultEpsilon: 1e-12
        )
        var configuration = EncoderConfiguration(reader: &reader, architecture: "DistilBertModel", keys: keys)
        configuration.readPositionTable(&reader)
        return configuration
    }

    /// The names of its tensors.
    static let names = EncoderNames(
        prefixes: ["", "distilbert."],
        wordTable: "embeddings.word_embeddings",
        positionTable: "embeddings.position_embeddings",
        embeddingNorm: "embeddings.LayerNorm",
        layers: "transformer.layer.",
        projections: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
        attentionOutput: "attention.out_lin",
        attentionNorm: "sa_layer_norm",
        up: ["ffn.lin1"],
        down: "ffn.lin2",
        outputNorm: "output_layer_norm"
    )

    /// How a sequence is classified: the first token through a layer of the head's own.
    static let head = ClassifierNames(
        pooling: { _ in .cls },
        stages: { _ in [.linear("pre_classifier", isInModel: false, hasBias: true), .function(.relu)] },
        output: "classifier"
    )
}
