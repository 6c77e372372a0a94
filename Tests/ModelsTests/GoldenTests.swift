import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// Logits and greedy continuations against `transformers` in float32.
@Suite(.enabled(if: Fixtures.areExpected))
struct GoldenTests {
    static let models = [
        "bloom", "cohere", "cohere-qknorm", "cohere2", "deepseek-v2", "deepseek-v3", "deepseek-v3-noqlora", "falcon",
        "gemma", "gemma2", "gemma3-text", "gemma3-text-legacy", "glm4", "gpt-neox", "gpt-neox-sequential", "gpt-oss",
        "gpt2", "llama", "llama-bias-mha-sharded", "llama-f16", "llama-rope-dynamic", "llama-rope-linear",
        "llama-rope-llama3", "llama-rope-llama3-v5config", "llama-rope-yarn", "llama-rope-yarn-full",
        "llama-tied-bf16", "mistral-headdim", "mistral-sliding", "mixtral", "olmo", "opt", "phi", "phi3",
        "phi3-longrope", "phi3-partial-tied", "qwen2", "qwen2-bf16-sliding", "qwen2-moe", "qwen3", "qwen3-moe",
        "qwen3-untied-bf16", "smollm3", "starcoder2",
    ]

    /// The longest sequence that the reference's rotations for short ones were made for.
    static let longropeLength = 66

    /// The cases of a golden that a server with a cache can be compared with, and the length to load the model for.
    static func cases(_ golden: Golden, isGreedy: Bool) -> [(example: JSONValue, length: Int)] {
        golden.cases.compactMap { example in
            let count = (example["input_ids"]?.array ?? []).count
            let end = count + (isGreedy ? (example["greedy_ids"]?.array ?? []).count : 0)
            switch golden.name {
            // recomputed without a cache, this one has other rotations for early keys than any server with a cache
            case "llama-rope-dynamic": return count > 64 ? nil : (example, 200)
            // the reference chooses by the sequence as it is, a server by the longest that it accepts
            case "phi3-longrope":
                if count <= longropeLength, end > longropeLength { return nil }
                return (example, end <= longropeLength ? longropeLength : 200)
            default: return (example, 200)
            }
        }
    }

    /// The folder to load: the reference's attention of this run leaves out Gemma 2's bound of scores.
    static func folder(_ golden: Golden) throws -> (ModelFolder, TemporaryFolder?) {
        guard golden.name == "gemma2" else { return (golden.folder, nil) }
        let copy = try TemporaryFolder()
        var fields = golden.folder.configuration
        fields["attn_logit_softcapping"] = .null
        try copy.write("config.json", JSONValue.object(fields).serialized)
        try copy.write("model.safetensors", try #require(try golden.folder.bytes(of: "model.safetensors")))
        return (try ModelFolder(path: copy.path), copy)
    }

    @Test("logits equal the reference's", arguments: models)
    func logits(name: String) throws {
        let golden = try Golden("models/\(name)")
        let (folder, temporary) = try Self.folder(golden)
        for (example, length) in Self.cases(golden, isGreedy: false) {
            let runner = try Golden.runner(folder, maxModelLength: length)
            let worst = try Golden.worstLogit(runner, example)
            #expect(worst < Golden.tolerance, "\(name): a difference of \(worst)")
        }
        withExtendedLifetime(temporary) {}
    }

    @Test("greedy continuations equal the reference's", arguments: models)
    func greedy(name: String) throws {
        let golden = try Golden("models/\(name)")
        let (folder, temporary) = try Self.folder(golden)
        for (example, length) in Self.cases(golden, isGreedy: true) {
            try Golden.checkGreedy(try Golden.runner(folder, maxModelLength: length), example, name)
        }
        withExtendedLifetime(temporary) {}
    }

    @Test("whole folders continue chats as the reference does", arguments: ["llama2-spm", "llama3", "qwen3"])
    func chats(name: String) throws {
        let golden = try Golden("e2e/chat-\(name)")
        let ends = golden.folder.eosTokenIDs.map(Int32.init)
        #expect(!ends.isEmpty)
        let runner = try Golden.runner(golden.folder, maxModelLength: 500)
        var worst: Float = 0
        for example in golden.cases {
            let prompt = try #require(example["prompt_ids"]).tokens
            let expected = try #require(example["output_ids"]).tokens
            let logprobs = try #require(example["logprobs"]).floats
            var rows: [[Float]] = []
            let output = try runner.greedy(prompt, count: expected.count) { rows.append($0) }
            #expect(output == expected)
            for (row, (id, logprob)) in zip(rows, zip(expected, logprobs)) {
                worst = max(worst, abs(logProbability(row, id) - logprob))
            }
            if example["finish_reason"]?.string == "stop" { #expect(output.last.map(ends.contains) == true) }
        }
        #expect(worst < Golden.tolerance, "\(name): a difference of \(worst)")
    }
}

/// The repository's own goldens: architectures and variants beside those of the shared fixtures.
struct OwnGoldenTests {
    @Test("logits and greedy continuations equal the reference's", arguments: Golden.ownNames)
    func goldens(name: String) throws {
        let golden = try Golden(own: name)
        let runner = try Golden.runner(golden.folder, maxModelLength: 64)
        for example in golden.cases {
            let worst = try Golden.worstLogit(runner, example)
            #expect(worst < Golden.tolerance, "\(name): a difference of \(worst)")
            try Golden.checkGreedy(runner, example, name)
        }
    }

    @Test func areThere() { #expect(Golden.ownNames.count > 20) }
}
