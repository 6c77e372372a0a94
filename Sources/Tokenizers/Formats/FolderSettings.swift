import MartletJSON

/// What the JSON files of a model folder say about a tokenizer that is not written as `tokenizer.json`.
struct FolderSettings {
    private let configuration: JSONValue?
    /// The name of the reference's class, without the ending `Fast`.
    let tokenizerClass: String?

    /// The classes of model types whose folders may name none.
    private static let classes = [
        "llama": "LlamaTokenizer", "gemma": "GemmaTokenizer", "gemma2": "GemmaTokenizer", "gemma3": "GemmaTokenizer",
        "gemma3_text": "GemmaTokenizer", "t5": "T5Tokenizer", "mt5": "T5Tokenizer",
        "xlm-roberta": "XLMRobertaTokenizer", "gpt2": "GPT2Tokenizer", "qwen2": "Qwen2Tokenizer",
        "qwen3": "Qwen2Tokenizer", "qwen2_moe": "Qwen2Tokenizer", "qwen3_moe": "Qwen2Tokenizer",
        "qwen": "QWenTokenizer",
        "roberta": "RobertaTokenizer", "bert": "BertTokenizer", "distilbert": "DistilBertTokenizer",
    ]

    /// What the files say.
    ///
    /// - Parameters:
    ///   - configuration: the content of `tokenizer_config.json`, when there is one.
    ///   - modelConfiguration: the content of `config.json`, when there is one.
    init(configuration: JSONValue?, modelConfiguration: JSONValue?) {
        self.configuration = configuration
        let modelType = modelConfiguration?["model_type"]?.string
        let name =
            configuration?["tokenizer_class"]?.string ?? modelConfiguration?["tokenizer_class"]?.string
            ?? modelType.flatMap { Self.classes[$0] }
        tokenizerClass = name.map { $0.hasSuffix("Fast") ? String($0.dropLast(4)) : $0 }
    }

    /// A flag of `tokenizer_config.json`.
    func bool(_ key: String) -> Bool? { configuration?[key]?.bool }

    /// A number of `tokenizer_config.json`.
    func integer(_ key: String) -> Int? { configuration?[key]?.integer }

    /// The numbers that `tokenizer_config.json` gives to added tokens, with their texts.
    var addedTokens: [Int: String] {
        let members = configuration?["added_tokens_decoder"]?.object?.members ?? []
        return members.reduce(into: [:]) { result, member in
            guard let id = Int(member.key), (0...Vocabulary.maximumID).contains(id) else { return }
            result[id] = member.value.string ?? member.value["content"]?.string
        }
    }
}
