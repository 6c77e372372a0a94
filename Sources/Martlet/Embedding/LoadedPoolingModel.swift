package import FoundationEssentials
import MartletCPUBackend
package import MartletChatTemplates
import MartletCheckpoints
package import MartletEngine
import MartletJSON
package import MartletModels
import MartletTensors
package import MartletTokenizers

/// Everything that serves one model of embeddings or scores: engine, tokenizer, prompts.
package final class LoadedPoolingModel: Sendable {
    /// The model's folder.
    package let folder: URL
    /// The architecture's name.
    package let architecture: String
    /// The type of the weights.
    package let weightType: String
    /// What the result of a text is.
    package let kind: PoolingLoader.Kind
    /// Computes vectors.
    package let engine: PoolingEngine
    /// Text to tokens.
    package let tokenizer: Tokenizer
    /// The most bytes of text that one token stands for.
    package let longestTokenByteCount: Int
    /// Messages to text; `nil` for a model without a template.
    package let chatPrompts: ChatPromptBuilder?
    /// The sizes that embeddings may be cut to.
    package let dimensions: EmbeddingDimensions
    /// What can be put before a text, by name.
    package let prompts: [String: String]
    /// The name of the prompt that is put before every text by default.
    package let defaultPromptName: String?
    /// What the memory is used for, as lines of text.
    package let memoryTable: String
    /// What was chosen, and what did not work but is not needed.
    package let notes: [String]
    /// The backend's name and threads.
    package let backendName: String

    /// Whether the model was trained with token types: the second text of a pair is told apart by them.
    private let usesTokenTypes: Bool
    private let includesPrompt: Bool
    /// What a pair becomes for a model that answers yes or no; `nil` for one that takes pairs as they are.
    private let question: RerankQuestion?
    private let backend: any Backend
    private let mappedWeights: [Storage]

    /// The longest text in tokens.
    package var maxModelLength: Int { engine.configuration.maxLength }
    /// Whether the model can be told what to look for.
    package var takesInstructions: Bool { question != nil }
    /// Token ids are below this.
    package var vocabularySize: Int { engine.vocabularySize }

    /// The most tokens of a step by default.
    private static let defaultBatchedTokens = 2048

    /// Whether a folder is of such a model, by what it says and what is asked for.
    ///
    /// - Throws: `LoadError` where the folder is of one, but something in it is wrong.
    package static func isPoolingModel(folder: URL, options: EmbeddingOptions) throws(LoadError) -> Bool {
        let pooling = try options.poolingOptions()
        do {
            let files = try ModelFolder(path: folder.path)
            return try PoolingLoader(folder: files, options: options.model.loaderOptions, pooling: pooling) != nil
        } catch {
            throw .model("\(error)")
        }
    }

    /// Loads a folder; the engine is not started yet.
    ///
    /// - Throws: `LoadError` naming the file, field or flag.
    package init(folder: URL, options: EmbeddingOptions) throws(LoadError) {
        try options.model.check()
        self.folder = folder
        tokenizer = try TokenizerLoader.load(options.model.tokenizerFolder ?? folder.path)
        var pooling = try options.poolingOptions()
        pooling.answerTokens = RerankQuestion.answerTokens(tokenizer)
        let (files, loader) = try Self.loader(folder, options.model, pooling)
        kind = loader.kind
        architecture = loader.architecture
        weightType =
            options.model.quantization.map { "\($0.rawValue) from \(loader.weightDType.name)" }
            ?? loader.weightDType.name
        longestTokenByteCount = tokenizer.longestTokenByteCount
        chatPrompts = try LoadedModel.chatPrompts(files, tokenizer: tokenizer, options: options.model)
        usesTokenTypes = TokenTypes.areUsed(files)
        question = loader.answersQuestions ? RerankQuestion(tokenizer: tokenizer) : nil
        prompts = loader.modules?.prompts ?? [:]
        defaultPromptName = loader.modules?.defaultPromptName
        includesPrompt = loader.modules?.includesPrompt ?? true

        let limits = try Self.limits(loader, options.model)
        memoryTable = try Self.checkMemory(loader, limits, options.model)
        let backend = CPUBackend(
            threads: options.model.threadCount,
            roundsInputs: options.model.dtype == .bfloat16
        )
        backendName = "\(backend.name), \(backend.threadCount) threads"
        let model: PoolingModel
        do {
            model = try loader.load(backend: backend, limits: limits)
        } catch {
            throw .model("\(error)")
        }
        dimensions = EmbeddingDimensions(folder: files, width: model.outputWidth)
        engine = PoolingEngine(
            model: model,
            configuration: PoolingConfiguration(
                maxLength: limits.maxLength,
                maxBatchedTokens: limits.maxBatchedTokens,
                maxSequences: limits.maxSequences
            )
        )
        do {
            try loader.saveWeightCache()
            notes = []
        } catch {
            notes = ["quantized weights are not kept for the next start: \(error)"]
        }
        self.backend = backend
        mappedWeights = options.model.usesHugePages ? loader.mappedWeights : []
    }

    /// Starts the engine and waits for a first vector; then mapped weights settle in the background.
    package func start() async throws(LoadError) {
        engine.start()
        do {
            try await engine.warmUp()
        } catch {
            throw .model("\(error)")
        }
        let byteCount = mappedWeights.reduce(0) { $0 + $1.byteCount }
        if byteCount < MachineMemory.current().availableByteCount / 2 { backend.settle(mappedWeights) }
    }

    private static func loader(
        _ folder: URL,
        _ options: ModelOptions,
        _ pooling: PoolingOptions
    ) throws(LoadError) -> (ModelFolder, PoolingLoader) {
        do {
            let files = try ModelFolder(path: folder.path)
            let found = try PoolingLoader(folder: files, options: options.loaderOptions, pooling: pooling)
            if let found { return (files, found) }
        } catch {
            throw .model("\(error)")
        }
        throw .model("'\(folder.path)' is a model that generates text, not one of embeddings or scores")
    }

    private static func limits(_ loader: PoolingLoader, _ options: ModelOptions) throws(LoadError) -> EncoderLimits {
        let length = options.maxModelLength ?? loader.defaultMaxLength
        guard length <= loader.maxPositions else {
            throw .option(
                name: "--max-model-len",
                value: "\(length)",
                reason: "the model was made for \(loader.maxPositions) tokens"
            )
        }
        return EncoderLimits(
            maxBatchedTokens: max(options.maxBatchedTokens ?? defaultBatchedTokens, length),
            maxSequences: options.maxSequences,
            maxLength: length
        )
    }

    private static func checkMemory(
        _ loader: PoolingLoader,
        _ limits: EncoderLimits,
        _ options: ModelOptions
    ) throws(LoadError) -> String {
        let memory = MachineMemory.current()
        let scratch = loader.scratchByteCount(limits)
        let needed = loader.weightByteCount + scratch + MemoryPlan.processByteCount
        let allowed = min(
            Int(Double(memory.totalByteCount) * options.memoryUtilization),
            memory.availableByteCount
        )
        let rows = [
            ("weights", loader.weightByteCount), ("scratch", scratch), ("process", MemoryPlan.processByteCount),
            ("together", needed), ("allowed", allowed),
        ]
        let table = rows.map { name, bytes in
            "  " + name + String(repeating: " ", count: 10 - name.count) + ByteCount.text(bytes)
        }.joined(separator: "\n")
        guard needed <= allowed else {
            throw .memory(table, hint: "lower --max-num-batched-tokens or --max-model-len")
        }
        return table
    }
}

// MARK: - Text to tokens

/// How a text's tokens are cut.
package struct Cut: Sendable, Hashable {
    /// The most tokens, with those that are put around a text.
    package var limit: Int
    /// Whether the end is kept rather than the beginning.
    package var keepsEnd: Bool

    /// A cut.
    package init(limit: Int, keepsEnd: Bool = false) {
        self.limit = limit
        self.keepsEnd = keepsEnd
    }
}

extension LoadedPoolingModel {
    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - texts: one text, or two that are computed as one sequence.
    ///   - cut: `nil` for all tokens, at most one more than the model takes.
    ///   - addSpecialTokens: whether what the model expects around a text is added.
    ///   - textLimits: the most tokens of each text by itself; 0 for any number.
    ///   - instruction: what a model that takes instructions is to look for; `nil` for its own.
    /// - Returns: the sequence, and how many tokens the texts have.
    package func sequence(
        of texts: [String],
        cut: Cut? = nil,
        addSpecialTokens: Bool = true,
        textLimits: [Int] = [],
        instruction: String? = nil
    ) -> (sequence: EncoderBatch.Sequence, fullCount: Int) {
        if let question, texts.count == 2 {
            let limits = textLimits.isEmpty ? [0, 0] : textLimits
            return question.sequence(
                query: question.shortened(texts[0], to: limits[0]),
                document: question.shortened(texts[1], to: limits[1]),
                instruction: instruction,
                limit: cut?.limit ?? maxModelLength + 1
            )
        }
        let encoded = tokenizer.encode(
            texts,
            limit: cut?.limit ?? maxModelLength + 1,
            keepsEnd: cut?.keepsEnd ?? false,
            addSpecialTokens: addSpecialTokens,
            textLimits: textLimits
        )
        let types = usesTokenTypes && encoded.typeIDs.contains { $0 != 0 } ? encoded.typeIDs : []
        return (EncoderBatch.Sequence(tokens: encoded.ids.map(\.rawValue), types: types), encoded.fullCount)
    }

    /// The text that is put before texts.
    ///
    /// - Parameter name: the prompt's name; `nil` for the default one.
    /// - Returns: the text; empty for none.
    /// - Throws: `EmbeddingError` where there is none of that name.
    package func prompt(named name: String?) throws(EmbeddingError) -> String {
        guard let name = name ?? defaultPromptName else { return "" }
        guard let prompt = prompts[name] else { throw .unknownPrompt(name, known: prompts.keys.sorted()) }
        if !prompt.isEmpty, !includesPrompt { throw .promptNotPooled(name) }
        return prompt
    }

    /// What a text's vector means.
    package func results(_ vector: [Float], usesActivation: Bool? = nil) -> [Float] {
        kind.results(vector, usesActivation: usesActivation)
    }

    /// The score of a query and a document from the vectors of both, or of their pair.
    package func score(query: [Float], document: [Float]) -> Float { VectorMath.cosine(query, document) }
}
