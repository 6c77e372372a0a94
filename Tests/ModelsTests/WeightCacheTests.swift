import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

@Suite struct WeightCacheTests {
    private static let choice = Quantization(layers: .int4, output: .int8)

    /// A model's logits and whether it found its quantized weights in the cache.
    private func load(
        _ model: TemporaryFolder,
        _ cache: String,
        quantization: Quantization = choice
    ) throws -> (logits: [[UInt32]], isFound: Bool) {
        let options = ModelLoader.Options(quantization: quantization, weightCacheFolder: cache)
        let loader = try ModelLoader(folder: try ModelFolder(path: model.path), options: options)
        let backend = CPUBackend(threads: 1)
        let limits = ForwardLimits(maxBatchedTokens: 16, maxLogitsRows: 16, maxModelLength: 32)
        let runner = try SequenceRunner(model: try loader.load(backend: backend, limits: limits), backend: backend)
        let isFound = !loader.mappedWeights.isEmpty
        try loader.saveWeightCache()
        let logits = try runner.logits([1, 2, 3, 4, 5], allPositions: true)
        return (logits.map { $0.map(\.bitPattern) }, isFound)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).map { folder + "/" + $0 }
    }

    @Test(arguments: [true, false])
    func theSecondStartFindsTheSameWeights(isTied: Bool) throws {
        var tiny = TinyModel(architecture: "Qwen2ForCausalLM")
        tiny.dtype = .bfloat16
        tiny.isTied = isTied
        let (model, cache) = (try tiny.makeFolder(), try TemporaryFolder())
        let folder = cache.path + "/made/when/missing"
        let first = try load(model, folder)
        let second = try load(model, folder)
        #expect(!first.isFound && second.isFound)
        #expect(first.logits == second.logits)
        #expect(try files(folder).count == 1)
    }

    @Test func otherContentsAndOtherFormatsAreNotMixedUp() throws {
        var tiny = TinyModel(architecture: "LlamaForCausalLM")
        let (model, cache) = (try tiny.makeFolder(), try TemporaryFolder())
        let first = try load(model, cache.path)
        #expect(try !load(model, cache.path, quantization: Quantization(layers: .int8, output: .int8)).isFound)
        #expect(try !load(model, cache.path, quantization: Quantization(layers: .int4, output: nil)).isFound)
        tiny.seed = 2
        let changed = try load(try tiny.makeFolder(), cache.path)
        #expect(!changed.isFound && changed.logits != first.logits)
        #expect(try load(model, cache.path).logits == first.logits)
        #expect(try files(cache.path).count == 4)
    }

    @Test func damagedFilesAreReplaced() throws {
        let (model, cache) = (try TinyModel().makeFolder(), try TemporaryFolder())
        let expected = try load(model, cache.path)
        let path = try #require(try files(cache.path).first)
        let whole = try Data(contentsOf: URL(filePath: path))
        var flipped = whole
        flipped[whole.count - 1000] ^= 1
        for damaged in [flipped, whole.prefix(whole.count / 2), Data(), Data("{}".utf8), whole + Data([0])] {
            try damaged.write(to: URL(filePath: path))
            let found = try load(model, cache.path)
            #expect(!found.isFound && found.logits == expected.logits)
            #expect(try Data(contentsOf: URL(filePath: path)) == whole)
        }
    }

    @Test func aFolderThatCannotBeWrittenIsSaid() throws {
        let (model, cache) = (try TinyModel().makeFolder(), try TemporaryFolder())
        try cache.write("file", "not a folder")
        #expect(throws: ModelError.self) { try load(model, cache.path + "/file/below") }
    }
}
