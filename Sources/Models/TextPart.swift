import MartletCheckpoints
import MartletJSON

/// The part for texts of a model that also takes images: that part is computed by itself.
///
/// Its fields stand in `text_config`, or among those of the whole model. A field that is left out means the default of the
/// text model's class in `transformers`.
struct TextPart: Sendable {
    /// The name in `architectures`.
    let name: String
    /// The name in `model_type`.
    let modelType: String
    /// Models of this architecture, for people.
    let models: String
    /// The text model's `model_type` in the registry, where `text_config` has none.
    let textModelType: String
    /// What `text_config` calls that type in place of the registry's name.
    var alias: String?

    static let all = [
        TextPart(
            name: "Gemma3ForConditionalGeneration",
            modelType: "gemma3",
            models: "Gemma 3 with images",
            textModelType: "gemma3_text"
        ),
        TextPart(
            name: "Mistral3ForConditionalGeneration",
            modelType: "mistral3",
            models: "Mistral Small 3.1, 3.2",
            textModelType: "mistral"
        ),
        TextPart(
            name: "LlavaForConditionalGeneration",
            modelType: "llava",
            models: "LLaVA 1.5, Pixtral",
            textModelType: "llama"
        ),
        TextPart(
            name: "LlavaNextForConditionalGeneration",
            modelType: "llava_next",
            models: "LLaVA 1.6",
            textModelType: "llama"
        ),
        TextPart(
            name: "Qwen2VLForConditionalGeneration",
            modelType: "qwen2_vl",
            models: "Qwen2-VL",
            textModelType: "qwen2",
            alias: "qwen2_vl_text"
        ),
        TextPart(
            name: "Qwen2_5_VLForConditionalGeneration",
            modelType: "qwen2_5_vl",
            models: "Qwen2.5-VL",
            textModelType: "qwen2",
            alias: "qwen2_5_vl_text"
        ),
        TextPart(
            name: "Qwen3VLForConditionalGeneration",
            modelType: "qwen3_vl",
            models: "Qwen3-VL",
            textModelType: "qwen3",
            alias: "qwen3_vl_text"
        ),
    ]

    /// The part that a configuration describes; `nil` where the model takes texts only.
    init?(of configuration: JSONObject) {
        let name = configuration["architectures"]?.array?.first?.string
        let type = configuration["model_type"]?.string
        let found = Self.all.first { name == nil ? $0.modelType == type : $0.name == name }
        guard let found else { return nil }
        self = found
    }

    private init(name: String, modelType: String, models: String, textModelType: String, alias: String? = nil) {
        self.name = name
        self.modelType = modelType
        self.models = models
        self.textModelType = textModelType
        self.alias = alias
    }

    /// The text model's `model_type` and its fields.
    func text(of configuration: JSONObject) -> (modelType: String, fields: JSONObject) {
        let nested = configuration["text_config"]?.object
        var fields = nested ?? configuration
        let stated = nested?["model_type"]?.string ?? textModelType
        let type = stated == alias ? textModelType : stated
        let tied = "tie_word_embeddings"
        if fields[tied]?.isNull ?? true { fields[tied] = configuration[tied] }
        for (key, value) in Self.defaults[type] ?? [] where fields[key] == nil { fields[key] = value }
        for key in ["rope_scaling", "rope_parameters"] {
            if let rope = fields[key]?.object { fields[key] = .object(Self.rotationOfTexts(rope)) }
        }
        return (type, fields)
    }

    /// Rotations by place in time, height and width: a text's three are the same, and the plain ones remain.
    private static func rotationOfTexts(_ rope: JSONObject) -> JSONObject {
        var rope = rope
        guard rope["mrope_section"] != nil else { return rope }
        rope["mrope_section"] = nil
        rope["mrope_interleaved"] = nil
        for key in ["type", "rope_type"] where rope[key]?.string == "mrope" { rope[key] = "default" }
        return rope
    }

    /// The defaults of the text models' classes that their readers do not know, since folders of texts alone state them.
    private static let defaults: [String: [(String, JSONValue)]] = [
        "gemma3_text": [
            ("vocab_size", 262_208), ("hidden_size", 2304), ("intermediate_size", 9216), ("num_hidden_layers", 26),
            ("num_attention_heads", 8), ("num_key_value_heads", 4), ("head_dim", 256), ("rms_norm_eps", 1e-6),
            ("max_position_embeddings", 131_072), ("query_pre_attn_scalar", 256), ("sliding_window", 4096),
            ("hidden_activation", "gelu_pytorch_tanh"),
        ],
        "mistral": [
            ("vocab_size", 32_000), ("hidden_size", 4096), ("intermediate_size", 14_336), ("num_hidden_layers", 32),
            ("num_attention_heads", 32), ("num_key_value_heads", 8), ("rms_norm_eps", 1e-6),
            ("max_position_embeddings", 131_072), ("sliding_window", 4096),
        ],
        "llama": [
            ("vocab_size", 32_000), ("hidden_size", 4096), ("intermediate_size", 11_008), ("num_hidden_layers", 32),
            ("num_attention_heads", 32), ("rms_norm_eps", 1e-6), ("max_position_embeddings", 2048),
        ],
    ]
}

extension DecoderConfiguration {
    /// Takes the names that the text part has in a checkpoint, and its output matrix where there is one: the fields that
    /// tell of it, the whole model's and the part's, contradict each other in published folders.
    mutating func place(in checkpoint: Checkpoint) {
        let table = names.embedding + ".weight"
        for (root, output) in [
            ("language_model." + names.root, "language_model." + names.output),
            (names.root + "language_model.", names.output),
        ] where checkpoint.entry(root + table) != nil {
            names.root = root
            names.output = output
        }
        let output = names.output + "."
        tieWordEmbeddings = !checkpoint.names.contains { $0.hasPrefix(output) }
    }
}
