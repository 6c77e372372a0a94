public import FoundationEssentials
import MartletEngine
import MartletModels

/// A model of embeddings or scores in this process: loads a Hugging Face folder and turns texts into vectors.
///
/// ```swift
/// let model = try await EmbeddingModel(folder: URL(filePath: "all-MiniLM-L6-v2"))
/// let vectors = try await model.embed(["A cat sits on the mat.", "Stocks fell sharply."])
/// let ranked = try await model.rerank("Where is the cat?", documents: documents)
/// ```
///
/// Any number of tasks may ask at once; their texts are computed together, and each gets the same bits as if it came
/// alone. Cancelling a task takes its texts out of the queue.
public final class EmbeddingModel: Sendable {
    /// How texts become vectors.
    public struct Parameters: Sendable, Hashable {
        /// The name of the prompt that is put before each text; `nil` for the model's default, if it has one.
        public var promptName: String?
        /// The size that embeddings are cut to; `nil` for all of them.
        public var dimensions: Int?
        /// Whether embeddings have the length 1 and scores are turned into probabilities; `nil` for what the model's folder says.
        public var usesActivation: Bool?
        /// Whether texts that are too long are cut; otherwise they are errors.
        public var truncates = true

        /// The defaults.
        public init() {}
    }

    /// A document and how well it answers a query.
    public struct RankedDocument: Sendable, Hashable {
        /// The document's place in the list that was given.
        public let index: Int
        /// The greater, the better.
        public let score: Float
    }

    /// What a text is, with the probability of each label.
    public struct Classification: Sendable, Hashable {
        /// The likeliest label.
        public let label: String
        /// The probabilities in the order of `labels`.
        public let probabilities: [Float]
    }

    private let model: LoadedPoolingModel

    /// Loads a model folder and starts its engine.
    ///
    /// - Parameters:
    ///   - folder: `config.json`, safetensors, tokenizer and, where there are any, sentence-transformers' module files.
    ///   - options: types, limits, what the model is made into.
    /// - Throws: `LoadError` that says which file is missing, broken or not supported, or that memory does not suffice.
    public init(folder: URL, options: EmbeddingOptions = EmbeddingOptions()) async throws {
        model = try LoadedPoolingModel(folder: folder, options: options)
        try await model.start()
    }

    /// The size of an embedding, or the number of labels.
    public var dimensionCount: Int { model.engine.outputWidth }
    /// The longest text in tokens.
    public var maxModelLength: Int { model.maxModelLength }
    /// The names of the model's prompts.
    public var promptNames: [String] { model.prompts.keys.sorted() }
    /// The labels of a classifier; empty for a model of embeddings.
    public var labels: [String] {
        if case .classification(let classifier) = model.kind { classifier.labels } else { [] }
    }

    /// The embeddings of texts, in their order.
    ///
    /// - Throws: `EmbeddingError`, or `CancellationError` when the task is cancelled.
    public func embed(_ texts: [String], parameters: Parameters = Parameters()) async throws -> [[Float]] {
        guard case .embedding = model.kind else {
            throw EmbeddingError.wrongKind(expected: "embeddings", found: "scores")
        }
        if let count = parameters.dimensions, !model.dimensions.allows(count) {
            throw EmbeddingError.invalidDimensions(count, width: model.dimensions.width)
        }
        let prompt = try model.prompt(named: parameters.promptName)
        let vectors = try await vectors(of: texts.map { [prompt + $0] }, truncates: parameters.truncates)
        return vectors.map { vector in
            let kept = parameters.dimensions.map { Array(vector.prefix($0)) } ?? vector
            return model.results(kept, usesActivation: parameters.usesActivation)
        }
    }

    /// How well each document answers a query: a cross-encoder's score, or the cosine of two embeddings.
    ///
    /// - Throws: as `embed`.
    public func score(
        _ query: String,
        documents: [String],
        parameters: Parameters = Parameters()
    ) async throws -> [Float] {
        switch model.kind {
        case .embedding:
            let texts = [query] + documents
            let embeddings = try await vectors(of: texts.map { [$0] }, truncates: parameters.truncates)
            guard let first = embeddings.first else { return [] }
            return embeddings.dropFirst().map { model.score(query: first, document: $0) }
        case .classification(let classifier):
            guard classifier.labels.count == 1 else {
                throw EmbeddingError.wrongKind(
                    expected: "one score of a pair",
                    found: "\(classifier.labels.count) labels"
                )
            }
            let scores = try await vectors(of: documents.map { [query, $0] }, truncates: parameters.truncates)
            return scores.map { model.results($0, usesActivation: parameters.usesActivation)[0] }
        }
    }

    /// Documents by how well they answer a query, the best first; equal ones in their order.
    ///
    /// - Parameters:
    ///   - query: what is looked for.
    ///   - documents: where.
    ///   - topCount: how many are wanted; `nil` for all.
    ///   - parameters: how texts become vectors.
    /// - Returns: the documents' places and scores.
    /// - Throws: as `embed`.
    public func rerank(
        _ query: String,
        documents: [String],
        topCount: Int? = nil,
        parameters: Parameters = Parameters()
    ) async throws -> [RankedDocument] {
        let scores = try await score(query, documents: documents, parameters: parameters)
        let ranked = scores.enumerated().map { RankedDocument(index: $0.offset, score: $0.element) }
            .sorted { ($1.score, $0.index) < ($0.score, $1.index) }
        return topCount.map { Array(ranked.prefix($0)) } ?? ranked
    }

    /// The labels of texts, in their order.
    ///
    /// - Throws: as `embed`.
    public func classify(_ texts: [String], parameters: Parameters = Parameters()) async throws -> [Classification] {
        guard case .classification(let classifier) = model.kind else {
            throw EmbeddingError.wrongKind(expected: "labels", found: "embeddings")
        }
        return try await vectors(of: texts.map { [$0] }, truncates: parameters.truncates).map { scores in
            let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
            return Classification(
                label: classifier.labels[best],
                probabilities: model.results(scores, usesActivation: parameters.usesActivation)
            )
        }
    }

    private func vectors(of inputs: [[String]], truncates: Bool) async throws -> [[Float]] {
        var sequences: [EncoderBatch.Sequence] = []
        for (index, texts) in inputs.enumerated() {
            let cut = truncates ? Cut(limit: model.maxModelLength) : nil
            let (sequence, count) = model.sequence(of: texts, cut: cut)
            guard truncates || count <= model.maxModelLength else {
                throw EmbeddingError.textTooLong(index: index, tokenCount: count, maximum: model.maxModelLength)
            }
            sequences.append(sequence)
            if index % 64 == 63 {
                await Task.yield()
                try Task.checkCancellation()
            }
        }
        do {
            return try await model.engine.vectors(of: sequences)
        } catch let error as PoolingError {
            throw EmbeddingError.engine("\(error)")
        }
    }
}
