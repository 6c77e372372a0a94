import Foundation
import MartletJSON
import MartletOutputParsing
import MartletTestSupport
import Testing

@Suite("Choice of a format by the chat template")
struct FormatDetectionTests {
    /// For templates of models: the tool format and the reasoning format.
    private static let expected: [String: (tool: String?, reasoning: String?)] = [
        "Qwen-Qwen2.5-7B-Instruct": ("hermes", nil), "Qwen-QwQ-32B": ("hermes", "qwen3"),
        "Qwen3.5-4B": ("qwen3_coder", "qwen3"),
        "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": ("hermes", nil), "GLM-4.6": ("glm45", "glm45"),
        "GLM-4.7-Flash": ("glm45", "glm45"), "Kimi-K2-Instruct": ("kimi_k2", nil),
        "Kimi-K2-Thinking": ("kimi_k2", "kimi_k2"),
        "ByteDance-Seed-OSS": ("seed_oss", "seed_oss"), "LFM2.5-8B-A1B": ("lfm2", "qwen3"),
        "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": ("qwen3_coder", "qwen3"), "ibm-granite-granite-4.1": ("hermes", nil),
        "StepFun3.5-Flash": ("qwen3_coder", "qwen3"), "google-gemma-2-2b-it": (nil, nil),
        "google-gemma-4-31B-it-interleaved": ("gemma4", "gemma4"),
        "llama-cpp-deepseek-r1": ("deepseek_v3", "deepseek_r1"),
        "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": ("deepseek_v3", "deepseek_r1"),
        "deepseek-ai-DeepSeek-V3.1": ("deepseek_v31", "deepseek_v3"),
        "deepseek-ai-DeepSeek-V3.2": ("deepseek_v32", "deepseek_v3"),
        "deepseek-ai-DeepSeek-V4": ("deepseek_v4", "deepseek_v3"),
        "meta-llama-Llama-3.1-8B-Instruct": ("llama3_json", nil),
        "meta-llama-Llama-3.2-3B-Instruct": ("llama3_json", nil),
        "meta-llama-Llama-3.3-70B-Instruct": ("llama3_json", nil),
        "meetkai-functionary-medium-v3.1": (nil, nil), "microsoft-Phi-3.5-mini-instruct": (nil, nil),
        "mistralai-Ministral-3-14B-Reasoning-2512": ("mistral", "mistral"),
        "mistralai-Mistral-Nemo-Instruct-2407": ("mistral", nil),
        "Apriel-1.6-15b-Thinker-fixed": ("jamba", nil), "Cohere2MoE": ("cohere_command3", "cohere_command3"),
        "tencent-Hy3": ("hy_v3", "hy_v3"), "Apertus-8B-Instruct": ("apertus", nil),
    ]

    @Test("templates of models", .enabled(if: Fixtures.areExpected))
    func models() throws {
        let folder = try Fixtures.folder("template-goldens")
        for (name, expected) in Self.expected {
            let golden = try JSONParser.parse(try Fixtures.contents(of: folder.appending(path: name + ".json")))
            let template = try #require(golden["template"]?.string ?? golden["chat_template"]?.string, "\(name)")
            #expect(ToolFormat.detect(template: template)?.names[0] == expected.tool, "\(name)")
            #expect(ReasoningFormat.detect(template: template)?.names[0] == expected.reasoning, "\(name)")
        }
    }

    @Test("no template is claimed by two formats", .enabled(if: Fixtures.areExpected))
    func unambiguous() throws {
        for file in Fixtures.names(in: "template-goldens") where file.hasSuffix(".json") && !file.hasPrefix("_") {
            let golden = try JSONParser.parse(
                try Fixtures.contents(of: try Fixtures.folder("template-goldens/" + file))
            )
            let template = golden["template"]?.string ?? golden["chat_template"]?.string ?? ""
            #expect(ToolFormat.all.count { $0.isWritten(in: template) } <= 1, "\(file)")
            #expect(ReasoningFormat.all.count { $0.isWritten(in: template) } <= 1, "\(file)")
        }
    }
}
