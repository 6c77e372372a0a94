import MartletCheckpoints

/// The encoders that can be computed: one row each.
enum EncoderRegistry {
    /// An encoder: its names, how its configuration is read and where its weights are.
    struct Row: Sendable {
        /// What its classes in `architectures` begin with: `Bert` of `BertModel`, `BertForSequenceClassification`, ….
        let stems: [String]
        /// The names in `model_type`, used where `architectures` is missing.
        let modelTypes: [String]
        /// Reads `config.json`.
        let configuration: @Sendable (inout ConfigReader) -> EncoderConfiguration
        /// What the tensors are called.
        let names: EncoderNames
        /// How its sequence classifiers are made; `nil` where there are none.
        let head: ClassifierNames?
    }

    static let rows = [
        Row(
            stems: ["Bert"],
            modelTypes: ["bert"],
            configuration: BERT.configuration,
            names: BERT.names,
            head: BERT.head
        ),
        Row(
            stems: ["Roberta", "XLMRoberta", "Camembert"],
            modelTypes: ["roberta", "xlm-roberta", "camembert"],
            configuration: RoBERTa.configuration,
            names: RoBERTa.names,
            head: RoBERTa.head
        ),
        Row(
            stems: ["DistilBert"],
            modelTypes: ["distilbert"],
            configuration: DistilBERT.configuration,
            names: DistilBERT.names,
            head: DistilBERT.head
        ),
        Row(
            stems: ["MPNet"],
            modelTypes: ["mpnet"],
            configuration: MPNet.configuration,
            names: MPNet.names,
            head: RoBERTa.head
        ),
        Row(
            stems: ["NomicBert"],
            modelTypes: ["nomic_bert"],
            configuration: NomicBERT.configuration,
            names: NomicBERT.names,
            head: nil
        ),
        Row(
            stems: ["ModernBert"],
            modelTypes: ["modernbert"],
            configuration: ModernBERT.configuration,
            names: ModernBERT.names,
            head: ModernBERT.head
        ),
    ]

    /// The names of all encoders.
    static var names: [String] { rows.flatMap { row in row.stems.map { $0 + "Model" } } }

    /// The row of a folder's architecture, or `nil` where it is no encoder.
    static func row(of architecture: ArchitectureName, modelType: String?) -> Row? {
        if let stem = architecture.stem { return rows.first { $0.stems.contains(stem) } }
        return rows.first { row in modelType.map(row.modelTypes.contains) ?? false }
    }
}
