import Foundation
import Martlet
import MartletTestSupport
import Testing

/// Embeddings, scores and labels in this process, against what `transformers` and sentence-transformers compute.
@Suite(.enabled(if: Fixtures.areExpected))
struct EmbeddingModelTests {
    private static let embedder = Task { try await EmbeddingModel(folder: try Fixtures.folder("e2e/embed-bert")) }
    private static let ranker = Task { try await EmbeddingModel(folder: try Fixtures.folder("e2e/rerank-bert")) }
    private static let classifier = Task {
        try await EmbeddingModel(folder: try Fixtures.folder("e2e/classify-roberta-3"))
    }

    private struct Golden<Example: Decodable>: Decodable {
        let cases: [Example]

        init(_ name: String) throws {
            let file = try Fixtures.folder("e2e/\(name)").appending(path: "golden.json")
            self = try JSONDecoder().decode(Self.self, from: try Data(contentsOf: file))
        }
    }

    private struct Embedded: Decodable {
        let text: String
        let embedding: [Float]
    }

    private struct Pair: Decodable {
        let query: String
        let document: String
        let logit: Float
        let sigmoid: Float
    }

    private struct Labelled: Decodable {
        let text: String
        let softmax: [Float]
        let label: String
    }

    private static func difference(_ x: [Float], _ y: [Float]) -> Float {
        x.count == y.count ? zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
    }

    private static func parameters(
        _ change: (inout EmbeddingModel.Parameters) -> Void
    ) -> EmbeddingModel.Parameters {
        var parameters = EmbeddingModel.Parameters()
        change(&parameters)
        return parameters
    }

    @Test func embeddingsEqualTheReference() async throws {
        let model = try await Self.embedder.value
        let cases = try Golden<Embedded>("embed-bert").cases
        let vectors = try await model.embed(cases.map(\.text))
        #expect(vectors.count == cases.count)
        #expect(vectors.allSatisfy { $0.count == model.dimensionCount })
        for (vector, example) in zip(vectors, cases) {
            #expect(Self.difference(vector, example.embedding) < 1e-5, "\(example.text.prefix(40))")
        }
    }

    @Test func aBatchKeepsItsOrderAndEveryBit() async throws {
        let model = try await Self.embedder.value
        let texts = (0..<120).map { "text \($0) " + String(repeating: "fox ", count: $0 % 37) }
        let together = try await model.embed(texts)
        let reversed = try await model.embed(texts.reversed())
        #expect(together == reversed.reversed())
        for index in stride(from: 0, to: texts.count, by: 7) {
            #expect(try await model.embed([texts[index]]) == [together[index]])
        }
        #expect(Set(together).count == texts.count)
        #expect(try await model.embed([]).isEmpty)
    }

    @Test func concurrentTasksGetTheirOwnVectors() async throws {
        let model = try await Self.embedder.value
        let texts = (0..<16).map { "task \($0)" }
        let alone = try await model.embed(texts)
        let together = try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
            for index in texts.indices { group.addTask { (index, try await model.embed([texts[index]])) } }
            return try await group.reduce(into: [[Float]](repeating: [], count: texts.count)) { $0[$1.0] = $1.1[0] }
        }
        #expect(together == alone)
    }

    @Test func scoresOfPairsEqualTheReference() async throws {
        let model = try await Self.ranker.value
        let cases = try Golden<Pair>("rerank-bert").cases
        let raw = Self.parameters { $0.usesActivation = false }
        for (query, pairs) in Dictionary(grouping: cases, by: \.query) {
            let documents = pairs.map(\.document)
            let scores = try await model.score(query, documents: documents)
            #expect(Self.difference(scores, pairs.map(\.sigmoid)) < 1e-5)
            let logits = try await model.score(query, documents: documents, parameters: raw)
            #expect(Self.difference(logits, pairs.map(\.logit)) < 2e-5)
            let ranked = try await model.rerank(query, documents: documents)
            #expect(ranked.map(\.index) == scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) })
            #expect(ranked.map(\.score) == ranked.map { scores[$0.index] })
            #expect(try await model.rerank(query, documents: documents, topCount: 2) == Array(ranked.prefix(2)))
        }
    }

    @Test func embeddingsScoreByTheirCosine() async throws {
        let model = try await Self.embedder.value
        let documents = ["Hello world", "The quick brown fox", "Hello world"]
        let vectors = try await model.embed(documents)
        let scores = try await model.score("Hello world", documents: documents)
        for (score, vector) in zip(scores, vectors) {
            #expect(abs(score - zip(vectors[0], vector).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-5)
        }
        // equal ones stay in their order
        #expect(try await model.rerank("Hello world", documents: documents).map(\.index) == [0, 2, 1])
    }

    @Test func labelsEqualTheReference() async throws {
        let model = try await Self.classifier.value
        let cases = try Golden<Labelled>("classify-roberta-3").cases
        #expect(model.labels == ["negative", "neutral", "positive"])
        for (found, example) in zip(try await model.classify(cases.map(\.text)), cases) {
            #expect(found.label == example.label)
            #expect(Self.difference(found.probabilities, example.softmax) < 1e-5)
        }
    }

    @Test func promptsArePutBeforeTexts() async throws {
        let model = try await Self.embedder.value
        #expect(model.promptNames == ["query"])
        let prompted = try await model.embed(["fox"], parameters: Self.parameters { $0.promptName = "query" })
        #expect(try await model.embed(["Represent this: fox"]) == prompted)
    }

    @Test func longTextsAreCutOrRefused() async throws {
        let model = try await Self.embedder.value
        let long = String(repeating: "fox ", count: 4 * model.maxModelLength)
        #expect(try await model.embed([long]) == (try await model.embed([long + long])))
        let refusing = Self.parameters { $0.truncates = false }
        let error = await #expect(throws: EmbeddingError.self) {
            try await model.embed(["fox", long], parameters: refusing)
        }
        guard case .textTooLong(index: 1, tokenCount: _, maximum: model.maxModelLength)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func whatAModelCannotDoIsAnError() async throws {
        let (embedder, ranker) = (try await Self.embedder.value, try await Self.ranker.value)
        let classifier = try await Self.classifier.value
        await #expect(throws: EmbeddingError.wrongKind(expected: "embeddings", found: "scores")) {
            try await ranker.embed(["fox"])
        }
        await #expect(throws: EmbeddingError.wrongKind(expected: "labels", found: "embeddings")) {
            try await embedder.classify(["fox"])
        }
        await #expect(throws: EmbeddingError.wrongKind(expected: "one score of a pair", found: "3 labels")) {
            try await classifier.rerank("fox", documents: ["dog"])
        }
        await #expect(throws: EmbeddingError.unknownPrompt("nothing", known: ["query"])) {
            try await embedder.embed(["fox"], parameters: Self.parameters { $0.promptName = "nothing" })
        }
        await #expect(throws: EmbeddingError.invalidDimensions(3, width: embedder.dimensionCount)) {
            try await embedder.embed(["fox"], parameters: Self.parameters { $0.dimensions = 3 })
        }
        await #expect(throws: LoadError.self) { try await EmbeddingModel(folder: URL(filePath: "/no/such/folder")) }
    }

    /// Cancelled while its texts are computed, or while they are still made into tokens.
    @Test(arguments: [4_000, 20_000])
    func aCancelledTaskLeavesTheQueue(textCount: Int) async throws {
        let model = try await Self.embedder.value
        let texts = (0..<textCount).map { "text \($0) " + String(repeating: "fox ", count: 40) }
        let clock = ContinuousClock()
        let begin = clock.now
        let task = Task { try await model.embed(texts) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // nothing of it is in the way of the next text
        #expect(try await model.embed(["fox"]).count == 1)
        #expect(clock.now - begin < .seconds(5))
    }
}
