package import MartletCheckpoints
import MartletJSON

/// The architectures that can be computed: one row each.
package enum ModelRegistry {
    /// An architecture: its names and how its configuration is read.
    struct Row: Sendable {
        /// The name in `architectures`.
        let name: String
        /// The name in `model_type`, used where `architectures` is missing.
        let modelType: String
        /// Models of this architecture, for people.
        let models: String
        /// Reads `config.json`.
        let configuration: @Sendable (inout ConfigReader) -> DecoderConfiguration

        init(
            _ name: String,
            _ modelType: String,
            _ models: String,
            _ configuration: @escaping @Sendable (inout ConfigReader) -> DecoderConfiguration
        ) {
            self.name = name
            self.modelType = modelType
            self.models = models
            self.configuration = configuration
        }
    }

    static let rows = [
        Row("LlamaForCausalLM", "llama", "Llama 1 to 3", Llama.configuration),
        Row("MistralForCausalLM", "mistral", "Mistral 7B, NeMo, Small", Mistral.configuration),
        Row("MixtralForCausalLM", "mixtral", "Mixtral 8x7B, 8x22B", Mixtral.configuration),
        Row("Qwen2ForCausalLM", "qwen2", "Qwen 2, 2.5", Qwen2.configuration),
        Row("Qwen2MoeForCausalLM", "qwen2_moe", "Qwen 1.5, 2 with experts", Qwen2MoE.configuration),
        Row("Qwen3ForCausalLM", "qwen3", "Qwen 3", Qwen3.configuration),
        Row("Qwen3MoeForCausalLM", "qwen3_moe", "Qwen 3 with experts", Qwen3MoE.configuration),
        Row("GemmaForCausalLM", "gemma", "Gemma 1", Gemma.configuration),
        Row("Gemma2ForCausalLM", "gemma2", "Gemma 2", Gemma2.configuration),
        Row("Gemma3ForCausalLM", "gemma3_text", "Gemma 3, text", Gemma3.configuration),
        Row("PhiForCausalLM", "phi", "Phi 1, 1.5, 2", Phi.configuration),
        Row("Phi3ForCausalLM", "phi3", "Phi 3, 3.5, 4, 4-mini", Phi3.configuration),
        Row("PhimoeForCausalLM", "phimoe", "Phi 3.5 with experts", PhiMoE.configuration),
        Row("GptOssForCausalLM", "gpt_oss", "gpt-oss", GPTOSS.configuration),
        Row("DeepseekV2ForCausalLM", "deepseek_v2", "DeepSeek V2, V2-Lite", DeepSeekV2.configuration),
        Row("DeepseekV3ForCausalLM", "deepseek_v3", "DeepSeek V3, R1", DeepSeekV3.configuration),
        Row("CohereForCausalLM", "cohere", "Command-R", Cohere.configuration),
        Row("Cohere2ForCausalLM", "cohere2", "Command-R7B, Command-A", Cohere2.configuration),
        Row("GraniteForCausalLM", "granite", "Granite 3", Granite.configuration),
        Row("GraniteMoeForCausalLM", "granitemoe", "Granite 3 with experts", GraniteMoE.configuration),
        Row(
            "GraniteMoeSharedForCausalLM",
            "granitemoeshared",
            "Granite with experts beside an MLP",
            GraniteMoE.sharedConfiguration
        ),
        Row("OlmoForCausalLM", "olmo", "OLMo 1", OLMo.configuration),
        Row("Olmo2ForCausalLM", "olmo2", "OLMo 2", OLMo2.configuration),
        Row("Olmo3ForCausalLM", "olmo3", "OLMo 3", OLMo3.configuration),
        Row("OlmoeForCausalLM", "olmoe", "OLMoE", OLMoE.configuration),
        Row("GlmForCausalLM", "glm", "GLM-4 of 2024", GLM.configuration),
        Row("Glm4ForCausalLM", "glm4", "GLM-4 of 2025", GLM4.configuration),
        Row("SmolLM3ForCausalLM", "smollm3", "SmolLM 3", SmolLM3.configuration),
        Row("Exaone4ForCausalLM", "exaone4", "EXAONE 4", EXAONE4.configuration),
        Row("NemotronForCausalLM", "nemotron", "Nemotron 3, Minitron", Nemotron.configuration),
        Row("InternLM2ForCausalLM", "internlm2", "InternLM 2, 2.5", InternLM2.configuration),
        Row("InternLM3ForCausalLM", "internlm3", "InternLM 3", InternLM3.configuration),
        Row("BaichuanForCausalLM", "baichuan", "Baichuan 1, 2", Baichuan.configuration),
        Row("BaiChuanForCausalLM", "baichuan", "Baichuan 7B", Baichuan.configuration),
        Row("MiniCPMForCausalLM", "minicpm", "MiniCPM 1, 4", MiniCPM.configuration),
        Row("Starcoder2ForCausalLM", "starcoder2", "StarCoder 2", StarCoder2.configuration),
        Row("StableLmForCausalLM", "stablelm", "StableLM 2, 3B", StableLM.configuration),
        Row("FalconForCausalLM", "falcon", "Falcon 1, 2", Falcon.configuration),
        Row("BloomForCausalLM", "bloom", "BLOOM, BLOOMZ", Bloom.configuration),
        Row("OPTForCausalLM", "opt", "OPT", OPT.configuration),
        Row("GPT2LMHeadModel", "gpt2", "GPT-2", GPT2.configuration),
        Row("GPTJForCausalLM", "gptj", "GPT-J", GPTJ.configuration),
        Row("GPTNeoXForCausalLM", "gpt_neox", "GPT-NeoX, Pythia", GPTNeoX.configuration),
    ]

    /// Architectures with a state that a cache of keys and values does not hold.
    static let recurrent: Set<String> = [
        "MambaForCausalLM", "Mamba2ForCausalLM", "FalconMambaForCausalLM", "FalconH1ForCausalLM", "JambaForCausalLM",
        "BambaForCausalLM", "Zamba2ForCausalLM", "GraniteMoeHybridForCausalLM", "NemotronHForCausalLM",
        "Qwen3NextForCausalLM", "Lfm2ForCausalLM", "Lfm2MoeForCausalLM", "RwkvForCausalLM",
        "RecurrentGemmaForCausalLM", "MiniMaxForCausalLM", "KimiLinearForCausalLM", "mamba", "mamba2",
        "falcon_mamba", "falcon_h1", "jamba", "bamba", "zamba2", "granitemoehybrid", "nemotron_h", "qwen3_next", "lfm2",
        "lfm2_moe", "rwkv", "recurrent_gemma", "minimax", "kimi_linear",
    ]

    /// The names of all architectures.
    package static let names = rows.map(\.name) + TextPart.all.map(\.name)

    /// A table of all architectures in Markdown, for the documentation.
    package static var table: String {
        let texts = rows.map { "| \($0.models) | `\($0.name)` | `\($0.modelType)` |" }
        let lines = texts + TextPart.all.map { "| \($0.models): texts only | `\($0.name)` | `\($0.modelType)` |" }
        return (["| models | `architectures` | `model_type` |", "|---|---|---|"] + lines).joined(separator: "\n")
    }

    /// Reads the configuration of a folder; nothing is loaded.
    ///
    /// - Parameters:
    ///   - folder: the folder.
    ///   - architecture: a name that takes the place of the folder's own; `nil` for that.
    /// - Returns: the configuration.
    /// - Throws: `ModelError` that names an unknown architecture, or every field that is missing, malformed or asks for
    ///   what is not implemented.
    package static func configuration(
        of folder: ModelFolder,
        as architecture: String? = nil
    ) throws(ModelError) -> DecoderConfiguration {
        let (row, fields) = try row(for: folder, as: architecture)
        var reader = fields
        let configuration = row.configuration(&reader)
        do throws(CheckpointError) { try reader.finish() } catch { throw .checkpoint(error) }
        return configuration
    }

    /// The row of a folder's architecture, and a reader of the fields that it stands for.
    private static func row(
        for folder: ModelFolder,
        as architecture: String?
    ) throws(ModelError) -> (Row, ConfigReader) {
        let (path, fields) = (folder.path(of: "config.json"), folder.configuration)
        let reader = ConfigReader(fields, path: path)
        if let row = rows.first(where: { $0.name == architecture }) { return (row, reader) }
        if let part = TextPart(of: fields) {
            let (type, text) = part.text(of: fields)
            guard let row = rows.first(where: { $0.modelType == type }) else { throw unknown(type, path: path) }
            let prefix = fields["text_config"]?.object == nil ? "" : "text_config."
            return (row, ConfigReader(text, path: path, prefix: prefix))
        }
        if let name = fields["architectures"]?.array?.first?.string {
            if let row = rows.first(where: { $0.name == name }) { return (row, reader) }
            throw unknown(name, path: path)
        }
        guard let type = fields["model_type"]?.string else { throw .missingArchitecture(path: path) }
        if let row = rows.first(where: { $0.modelType == type }) { return (row, reader) }
        throw unknown(type, path: path)
    }

    private static func unknown(_ name: String, path: String) -> ModelError {
        recurrent.contains(name)
            ? .recurrentArchitecture(name: name, path: path)
            : .unknownArchitecture(name: name, path: path, known: names)
    }
}
