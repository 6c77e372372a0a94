import MartletCheckpoints

/// MPNet: BERT's layers without token types, with a bias of scores by distance that all layers share.
///
/// - SeeAlso: `MPNetModel` of `transformers`; arXiv:2004.09297.
enum MPNet {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> EncoderConfiguration {
        var configuration = EncoderConfiguration(reader: &reader, architecture: "MPNetModel")
        let padding = reader.integer("pad_token_id", in: 0...(1 << 20), default: 1)
        configuration.readPositionTable(&reader, offset: padding + 1, paddingID: Int32(padding))
        configuration.distanceBucketCount = reader.integer("relative_attention_num_buckets", in: 4...4096, default: 32)
        return configuration
    }

    /// The names of its tensors.
    static let names = EncoderNames(
        prefixes: ["", "mpnet."],
        wordTable: "embeddings.word_embeddings",
        positionTable: "embeddings.position_embeddings",
        embeddingNorm: "embeddings.LayerNorm",
        layers: "encoder.layer.",
        projections: ["attention.attn.q", "attention.attn.k", "attention.attn.v"],
        attentionOutput: "attention.attn.o",
        attentionNorm: "attention.LayerNorm",
        up: ["intermediate.dense"],
        down: "output.dense",
        outputNorm: "output.LayerNorm",
        distanceBias: "encoder.relative_attention_bias"
    )
}
