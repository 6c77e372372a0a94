import MartletCheckpoints

/// BERT: tables of positions and token types, normalization after each sum, a plain MLP.
///
/// - SeeAlso: `BertModel` of `transformers`; arXiv:1810.04805.
enum BERT {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> EncoderConfiguration {
        var configuration = EncoderConfiguration(reader: &reader, architecture: "BertModel")
        configuration.readPositionTable(&reader)
        configuration.typeCount = reader.integer("type_vocab_size", in: 0...(1 << 16))
        return configuration
    }

    /// The names of its tensors.
    static let names = EncoderNames(
        prefixes: ["", "bert."],
        wordTable: "embeddings.word_embeddings",
        positionTable: "embeddings.position_embeddings",
        typeTable: "embeddings.token_type_embeddings",
        embeddingNorm: "embeddings.LayerNorm",
        layers: "encoder.layer.",
        projections: ["attention.self.query", "attention.self.key", "attention.self.value"],
        attentionOutput: "attention.output.dense",
        attentionNorm: "attention.output.LayerNorm",
        up: ["intermediate.dense"],
        down: "output.dense",
        outputNorm: "output.LayerNorm"
    )

    /// How a sequence is classified: the first token through the pooler.
    static let head = ClassifierNames(
        pooling: { _ in .cls },
        stages: { _ in [.linear("pooler.dense", isInModel: true, hasBias: true), .function(.tanh)] },
        output: "classifier"
    )
}
