import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// A reference's outputs for one model folder.
struct Golden {
    /// The greatest difference of a logit or logprob from the reference.
    static let tolerance: Float = 1e-4

    let folder: ModelFolder
    let name: String
    let cases: [JSONValue]

    /// A folder of the shared fixtures.
    init(_ path: String) throws { try self.init(at: try Fixtures.folder(path)) }

    /// A folder of the repository's own goldens.
    init(own name: String) throws { try self.init(at: Self.ownFolder.appending(path: name)) }

    private init(at url: URL) throws {
        name = url.lastPathComponent
        folder = try ModelFolder(path: url.path)
        cases = try #require(try folder.json(of: "golden.json")?["cases"]?.array)
    }

    /// Where `Scripts/make_decoder_goldens.py` puts its folders.
    static let ownFolder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "Fixtures/decoders")

    /// The names of the repository's own goldens.
    static let ownNames: [String] = {
        let entries = try? FileManager.default.contentsOfDirectory(atPath: ownFolder.path)
        return (entries ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }()

    static func runner(_ folder: ModelFolder, maxModelLength: Int = 200) throws -> SequenceRunner {
        let backend = CPUBackend(threads: 1)
        let limits = ForwardLimits(maxBatchedTokens: 128, maxLogitsRows: 128, maxModelLength: maxModelLength)
        let model = try ModelLoader.load(folder: folder, backend: backend, limits: limits)
        return try SequenceRunner(model: model, backend: backend, cacheType: .float32)
    }

    /// The greatest difference of the prompt's logits and logprobs from a case's.
    static func worstLogit(_ runner: SequenceRunner, _ example: JSONValue) throws -> Float {
        let tokens = try #require(example["input_ids"]).tokens
        let rows = try runner.logits(tokens, allPositions: true)
        let last = try #require(rows.last)
        var worst: Float = 0
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
        return worst
    }

    /// Expects a case's greedy continuation with its logprobs.
    static func checkGreedy(_ runner: SequenceRunner, _ example: JSONValue, _ name: String) throws {
        let tokens = try #require(example["input_ids"]).tokens
        let margin = try #require(example["greedy_min_top1_top2_margin"]?.double)
        #expect(margin > Double(10 * tolerance))
        let expected = try #require(example["greedy_ids"]).tokens
        let logprobs = try #require(example["greedy_logprobs"]).floats
        var found: [Float] = []
        let output = try runner.greedy(tokens, count: expected.count) { row in
            found.append(row.max().map { logProbability(row, Int32(row.firstIndex(of: $0) ?? 0)) } ?? 0)
        }
        #expect(output == expected, "\(name) after \(tokens.count) tokens")
        let worst = zip(found, logprobs).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(worst < tolerance, "\(name) after \(tokens.count) tokens")
    }
}

extension JSONValue {
    /// The numbers of an array; `null` becomes NaN.
    var floats: [Float] { (array ?? []).map { Float($0.double ?? .nan) } }

    /// The integers of an array.
    var tokens: [Int32] { (array ?? []).map { Int32($0.integer ?? -1) } }
}

/// `log softmax(row)[index]` in float64.
func logProbability(_ row: [Float], _ index: Int32) -> Float {
    let greatest = Double(row.max() ?? 0)
    let sum = row.reduce(0.0) { $0 + exp(Double($1) - greatest) }
    return Float(Double(row[Int(index)]) - greatest - log(sum))
}
