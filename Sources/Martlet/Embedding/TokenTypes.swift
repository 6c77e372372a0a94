import MartletCheckpoints
import MartletJSON

/// Whether a model's tokenizer tells the second text of a pair apart.
enum TokenTypes {
    /// The classes of `transformers` that do, without `Fast`.
    private static let classes = [
        "BertTokenizer", "BertJapaneseTokenizer", "ElectraTokenizer", "ConvBertTokenizer", "FunnelTokenizer",
        "LayoutLMTokenizer", "MobileBertTokenizer", "NomicBertTokenizer", "RetriBertTokenizer", "DebertaTokenizer",
        "DebertaV2Tokenizer", "AlbertTokenizer", "SqueezeBertTokenizer",
    ]

    /// What `model_input_names` says, else what the tokenizer's class does, else what the model's family does.
    static func areUsed(_ folder: ModelFolder) -> Bool {
        let configuration: JSONValue? = (try? folder.json(of: "tokenizer_config.json")) ?? nil
        if let names = configuration?["model_input_names"]?.array {
            return names.contains { $0.string == "token_type_ids" }
        }
        if let name = configuration?["tokenizer_class"]?.string {
            return classes.contains(name.hasSuffix("Fast") ? String(name.dropLast(4)) : name)
        }
        return ["bert", "nomic_bert"].contains(folder.configuration["model_type"]?.string)
    }
}
