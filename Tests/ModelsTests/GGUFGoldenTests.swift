import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// Files that llama.cpp's converter wrote, against the models that it was given.
@Suite struct GGUFGoldenTests {
    /// Where `Scripts/make_gguf_goldens.py` puts its files.
    static let folder = Golden.ownFolder.deletingLastPathComponent().appending(path: "gguf")

    /// The files' names without their endings.
    static let names: [String] = {
        let entries = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (entries ?? []).filter { $0.hasSuffix(".gguf") }.map { String($0.dropLast(5)) }.sorted()
    }()

    @Test("the documentation's table is that of the rows")
    func table() throws {
        let file = Fixtures.repository.appending(path: "Documentation/architectures.md")
        #expect(try String(contentsOf: file, encoding: .utf8).contains("\n\n\(GGUFModel.architectureTable)\n"))
    }

    @Test func areThere() { #expect(Self.names.count >= 20) }

    @Test("logits and greedy continuations equal the reference's", arguments: names)
    func equals(name: String) throws {
        let path = Self.folder.appending(path: name)
        let document = try JSONParser.parse(Array(Data(contentsOf: path.appendingPathExtension("golden.json"))))
        let cases = try #require(document["cases"]?.array)
        // the reference chooses rotations by the sequence as it is, a server by the longest that it accepts
        let length = name == "phi3-longrope" ? 64 : 200
        let runner = try Golden.runner(try ModelFolder(path: path.path + ".gguf"), maxModelLength: length)
        for example in cases {
            let top = try #require(example["last_logits_top20"]?["values"]).floats
            let scale = max(1, (top.max() ?? 1) / 10)
            #expect(try Golden.worstLogit(runner, example) < Golden.tolerance * scale, "\(name)")
            try Golden.checkGreedy(runner, example, name)
        }
    }
}

/// Wide matrices in blocks round their inputs; what that costs stays small.
@Suite(.enabled(if: Fixtures.areExpected))
struct PackedBlockTests {
    @Test(
        "packed blocks keep the likeliest tokens and come near the exact logits",
        arguments: QuantizedGoldenTests.files.filter { !$0.contains("F16") && !$0.contains("_1") }
    )
    func staysNear(name: String) throws {
        let folder = try ModelFolder(path: try Fixtures.folder("gguf/\(name)").path)
        let tokens = (0..<40).map { Int32(($0 * 37 + 11) % 500) }
        func logits(leastPackedInputs: Int) throws -> [[Float]] {
            let backend = CPUBackend(threads: 2)
            let limits = ForwardLimits(maxBatchedTokens: 128, maxLogitsRows: 128, maxModelLength: 200)
            let options = ModelLoader.Options(leastPackedInputs: leastPackedInputs)
            let model = try ModelLoader.load(folder: folder, backend: backend, limits: limits, options: options)
            let runner = try SequenceRunner(model: model, backend: backend, cacheType: .float32)
            return try runner.logits(tokens, allPositions: true)
        }
        let (exact, packed) = try (logits(leastPackedInputs: .max), logits(leastPackedInputs: 1))
        #expect(exact != packed)
        var (error, power) = (0.0, 0.0)
        for (row, reference) in zip(packed, exact) {
            for (value, expected) in zip(row, reference) {
                error += Double((value - expected) * (value - expected))
                power += Double(expected * expected)
            }
        }
        // inputs of eight bits are half a percent off in each of a layer's products
        #expect((error / power).squareRoot() < 0.03, "\(name)")
    }
}
