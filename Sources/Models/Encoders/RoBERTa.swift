import MartletCheckpoints

/// RoBERTa and XLM-RoBERTa: BERT's layers with positions counted from behind the padding token's row.
///
/// - SeeAlso: `RobertaModel` of `transformers`; arXiv:1907.11692, arXiv:1911.02116.
enum RoBERTa {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> EncoderConfiguration {
        var configuration = EncoderConfiguration(reader: &reader, architecture: "RobertaModel")
        let padding = reader.integer("pad_token_id", in: 0...(1 << 20), default: 1)
        configuration.readPositionTable(&reader, offset: padding + 1, paddingID: Int32(padding))
        configuration.typeCount = reader.integer("type_vocab_size", in: 0...(1 << 16))
        return configuration
    }

    /// The names of its tensors.
    static let names: EncoderNames = {
        var names = BERT.names
        names.prefixes = ["", "roberta."]
        return names
    }()

    /// How a sequence is classified: the first token through a layer of the head's own.
    static let head = ClassifierNames(
        pooling: { _ in .cls },
        stages: { _ in [.linear("classifier.dense", isInModel: false, hasBias: true), .function(.tanh)] },
        output: "classifier.out_proj"
    )
}
