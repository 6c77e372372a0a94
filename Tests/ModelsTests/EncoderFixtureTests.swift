import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// Models of vectors and scores of this repository's own, against `transformers` and sentence-transformers (`Scripts/encoder_goldens.py`).
@Suite struct EncoderFixtureTests {
    private static func golden(_ name: String) throws -> (ModelFolder, [JSONValue]) {
        let folder = try ModelFolder(
            path: Fixtures.repository.appending(path: "Tests/ModelsTests/Fixtures/\(name)").path
        )
        return (folder, try #require(try folder.json(of: "golden.json")?["cases"]?.array))
    }

    @Test(arguments: ["modernbert", "distilbert", "mpnet", "qwen3-classifier"])
    func scoresOfClassifiers(_ name: String) throws {
        let (folder, cases) = try Self.golden(name)
        let (loader, model) = try EncoderGoldenTests.load(folder)
        guard case .classification(let results) = loader.kind else {
            Issue.record("\(name) is no classifier")
            return
        }
        #expect(results.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
        for example in cases {
            let sequence = EncoderBatch.Sequence(tokens: try #require(example["input_ids"]).tokens)
            let scores = try model.vectors(of: EncoderBatch([sequence]))[0]
            #expect(greatestDifference(scores, try #require(example["logits"]).floats) < 2e-5)
            #expect(abs(results.results(scores).reduce(0, +) - 1) < 1e-6)
        }
    }

    @Test(arguments: ["qwen3-reranker", "qwen3-reranker-untied"])
    func probabilitiesOfYes(_ name: String) throws {
        let (folder, cases) = try Self.golden(name)
        let answers = try #require(try folder.json(of: "golden.json")?["answers"]).tokens
        let (loader, model) = try EncoderGoldenTests.load(
            folder,
            pooling: PoolingOptions(task: .classify, answerTokens: answers)
        )
        #expect(loader.answersQuestions)
        guard case .classification(let results) = loader.kind else {
            Issue.record("\(name) is no classifier")
            return
        }
        for example in cases {
            let sequence = EncoderBatch.Sequence(tokens: try #require(example["input_ids"]).tokens)
            let scores = try model.vectors(of: EncoderBatch([sequence]))[0]
            let expected = Float(try #require(example["probability"]?.double))
            #expect(greatestDifference(results.results(scores), [expected]) < 1e-5)
        }
        // the answers the other way round are the other probability
        let (_, reversed) = try EncoderGoldenTests.load(
            folder,
            pooling: PoolingOptions(task: .classify, answerTokens: answers.reversed())
        )
        let batch = EncoderBatch([EncoderBatch.Sequence(tokens: try #require(cases[0]["input_ids"]).tokens)])
        #expect(try model.vectors(of: batch)[0].map { -$0 } == (try reversed.vectors(of: batch)[0]))
        #expect(throws: (any Error).self) {
            try EncoderGoldenTests.load(folder, pooling: PoolingOptions(task: .classify))
        }
    }

    @Test func modulesBesideTheEncoder() throws {
        let (folder, cases) = try Self.golden("bert-dense")
        let (loader, model) = try EncoderGoldenTests.load(folder)
        #expect(loader.kind == .embedding(isNormalized: true))
        for example in cases {
            let sequence = EncoderBatch.Sequence(tokens: try #require(example["input_ids"]).tokens)
            let vector = VectorMath.normalized(try model.vectors(of: EncoderBatch([sequence]))[0])
            #expect(greatestDifference(vector, try #require(example["embedding"]).floats) < 2e-6)
        }
    }

    /// A token's vector goes the way of a pooled one: a decoder's last one is the sequence's, bit for bit, and neither the
    /// portions of tokens nor what else is in the batch change a bit.
    @Test func vectorsOfTokens() throws {
        let (folder, cases) = try Self.golden("qwen3-classifier")
        let (loader, model) = try EncoderGoldenTests.load(folder)
        #expect(model.canGiveTokens)
        var few = EncoderGoldenTests.limits(loader)
        few.maxSequences = 3
        let narrow = try loader.load(backend: CPUBackend(), limits: few)
        let longest = cases.map { $0["input_ids"]?.tokens ?? [] }.max { $0.count < $1.count }
        let tokens = try #require(longest)
        #expect(tokens.count > few.maxSequences)
        let all = EncoderBatch.Sequence(tokens: tokens)
        let each = EncoderBatch.Sequence(tokens: tokens, givesTokens: true)
        let one = EncoderBatch.Sequence(tokens: [tokens[0]])
        let pooled = try [one, all].map { try model.vectors(of: EncoderBatch([$0]))[0] }
        let wide = try model.vectors(of: EncoderBatch([each]))[0]
        #expect(wide.count == tokens.count * model.outputWidth)
        #expect(Array(wide.suffix(model.outputWidth)) == pooled[1])
        #expect(Array(wide.prefix(model.outputWidth)) == pooled[0])
        #expect(try narrow.vectors(of: EncoderBatch([each]))[0] == wide)
        #expect(try model.vectors(of: EncoderBatch([one, each, all])) == [pooled[0], wide, pooled[1]])
    }

    /// Vectors of tokens side by side are not a token's: a model that pools in two ways has none.
    @Test func severalModesGiveNoTokens() throws {
        let (_, model) = try EncoderGoldenTests.load(try Self.golden("bert-dense").0)
        #expect(!model.canGiveTokens)
    }

    @Test func quantizedStaysClose() throws {
        let (folder, cases) = try Self.golden("mpnet")
        var options = ModelLoader.Options()
        options.quantization = Quantization(layers: .int8, output: nil)
        let loader = try #require(
            try PoolingLoader(folder: folder, options: options, pooling: PoolingOptions(task: .embed))
        )
        let plain = try #require(try PoolingLoader(folder: folder, pooling: PoolingOptions(task: .embed)))
        let limits = EncoderGoldenTests.limits(loader)
        let (int8, exact) = (
            try loader.load(backend: CPUBackend(), limits: limits),
            try plain.load(backend: CPUBackend(), limits: limits)
        )
        for example in cases {
            let batch = EncoderBatch([EncoderBatch.Sequence(tokens: try #require(example["input_ids"]).tokens)])
            let (x, y) = (try int8.vectors(of: batch)[0], try exact.vectors(of: batch)[0])
            #expect(x != y)
            #expect(VectorMath.cosine(x, y) > 0.999)
        }
    }
}
