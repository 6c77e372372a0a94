import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// Quantized checkpoints against references that computed with the same weights, widened to float32.
@Suite(.enabled(if: Fixtures.areExpected))
struct QuantizedGoldenTests {
    /// The greatest difference of a logit or logprob from the reference.
    static let tolerance: Float = 1e-3

    /// Folders of architectures that are in the registry.
    static let folders = Fixtures.names(in: "quantized").filter { name in
        guard let folder = try? ModelFolder(path: Fixtures.folder("quantized/\(name)").path) else { return true }
        let names = folder.configuration["architectures"]?.array?.compactMap(\.string) ?? []
        return names.contains { ModelRegistry.names.contains($0) }
    }

    static let files = Fixtures.names(in: "gguf").filter { $0.hasPrefix("tiny-") && $0.hasSuffix(".gguf") }

    @Test("a folder's logits and continuations equal the reference's", arguments: folders)
    func folder(name: String) throws {
        let golden = try Golden("quantized/\(name)")
        try check(golden.folder, golden.cases, name)
    }

    @Test("a GGUF file's logits and continuations equal the reference's", arguments: files)
    func file(name: String) throws {
        let path = try Fixtures.folder("gguf/\(name)")
        let base = path.deletingPathExtension().appendingPathExtension("golden.json.gz")
        let golden = try JSONParser.parse(try Fixtures.contents(of: base))
        try check(try ModelFolder(path: path.path), try #require(golden["cases"]?.array), name)
    }

    private func check(_ folder: ModelFolder, _ cases: [JSONValue], _ name: String) throws {
        let runner = try Golden.runner(folder)
        var worst: Float = 0
        for example in cases {
            let tokens = try #require(example["input_ids"]).tokens
            let rows = try runner.logits(tokens, allPositions: true)
            let last = try #require(rows.last)
            let top = try #require(example["last_logits_top20"])
            for (id, value) in zip(try #require(top["ids"]).tokens, try #require(top["values"]).floats) {
                worst = max(worst, abs(last[Int(id)] - value))
            }
            let logprobs = try #require(example["prompt_logprobs"]).floats
            for index in tokens.indices.dropFirst() {
                worst = max(worst, abs(logProbability(rows[index - 1], tokens[index]) - logprobs[index]))
            }
            for (row, values) in zip(rows, example["full_logits"]?.array ?? []) {
                for (found, expected) in zip(row, values.floats) { worst = max(worst, abs(found - expected)) }
            }
            let margin = Float(try #require(example["greedy_min_top1_top2_margin"]?.double))
            guard margin > 4 * Self.tolerance else { continue }
            let expected = try #require(example["greedy_ids"]).tokens
            #expect(try runner.greedy(tokens, count: expected.count) { _ in } == expected, "\(name), \(tokens.count)")
        }
        #expect(worst < Self.tolerance, "\(name): a difference of \(worst)")
    }
}
