package import FoundationEssentials
import MartletCPUBackend
package import MartletChatTemplates
import MartletCheckpoints
package import MartletEngine
import MartletJSON
package import MartletModels
import MartletTensors
package import MartletTokenizers

/// Everything that serves one model: engine, tokenizer, template, defaults.
package final class LoadedModel: Sendable {
    /// The model's folder.
    package let folder: URL
    /// The architecture's name.
    package let architecture: String
    /// The type of the weights.
    package let weightType: String
    /// Generates tokens.
    package let engine: Engine
    /// Text to tokens and back.
    package let tokenizer: Tokenizer
    /// The most bytes of text that one token stands for.
    package let longestTokenByteCount: Int
    /// Messages to text; `nil` for a model without a template.
    package let chatPrompts: ChatPromptBuilder?
    /// What requests may leave out.
    package let generationDefaults: GenerationDefaults
    /// What the memory is used for.
    package let memoryPlan: MemoryPlan
    /// What was chosen, and what did not work but is not needed.
    package let notes: [String]
    /// The engine's limits.
    package let configuration: EngineConfiguration
    /// Compiles what outputs must satisfy.
    package let grammars: GrammarCompiler
    /// The number of the model's logits.
    package let vocabularySize: Int
    /// The backend's name and threads.
    package let backendName: String
    /// The number of compute threads.
    package let threadCount: Int
    /// The end-of-sequence token, when there is one.
    package let eosTokenIDs: [TokenID]

    private let backend: any Backend
    private let mappedWeights: [Storage]

    /// The longest sequence, prompt and completion together.
    package var maxModelLength: Int { configuration.maxModelLength }

    /// Loads a folder; the engine is not started yet.
    ///
    /// - Parameters:
    ///   - folder: the model's folder.
    ///   - options: limits and types.
    ///   - onIncident: told what the operator should know of, on the engine's thread.
    /// - Throws: `LoadError` naming the file, field or flag.
    package init(
        folder: URL,
        options: ModelOptions,
        onIncident: @escaping @Sendable (EngineIncident) -> Void = { _ in }
    ) throws(LoadError) {
        try options.check()
        self.folder = folder
        let (files, loader) = try Self.open(folder, options)
        architecture = loader.configuration.architecture
        weightType =
            options.quantization.map { "\($0.rawValue) from \(loader.weightDType.name)" } ?? loader.weightDescription
        vocabularySize = loader.configuration.vocabularySize
        tokenizer = try TokenizerLoader.load(options.tokenizerFolder ?? files.path)
        longestTokenByteCount = tokenizer.longestTokenByteCount
        chatPrompts = try Self.chatPrompts(files, tokenizer: tokenizer, options: options)
        generationDefaults = try GenerationDefaults(
            source: options.generationConfig,
            modelFolder: folder,
            builtIn: files.gguf == nil ? nil : files.generationConfiguration,
            overrides: options.generationConfigOverrides
        )
        eosTokenIDs =
            tokenizer.eosTokenID.map { [$0] } ?? files.eosTokenIDs.prefix(1).compactMap { TokenID(exactly: $0) }

        grammars = GrammarCompiler(
            tokenizer: tokenizer,
            endTokens: eosTokenIDs + generationDefaults.eosTokenIDs,
            vocabularySize: vocabularySize
        )

        (memoryPlan, configuration) = try Self.plan(loader, options)
        let limits = ForwardLimits(
            maxBatchedTokens: configuration.maxBatchedTokens,
            maxLogitsRows: configuration.maxSequences,
            maxModelLength: configuration.maxModelLength
        )
        let backend = CPUBackend(threads: options.threadCount, roundsInputs: options.dtype == .bfloat16)
        threadCount = backend.threadCount
        backendName = "\(backend.name), \(backend.threadCount) threads"
        do {
            let model = try loader.load(backend: backend, limits: limits)
            engine = try Engine(model: model, backend: backend, configuration: configuration, observer: onIncident)
        } catch {
            throw .model("\(error)")
        }
        do {
            try loader.saveWeightCache()
            notes = memoryPlan.notes
        } catch {
            notes = memoryPlan.notes + ["quantized weights are not kept for the next start: \(error)"]
        }
        self.backend = backend
        mappedWeights = options.usesHugePages ? loader.mappedWeights : []
    }

    /// The folder's configuration and headers, checked.
    private static func open(
        _ folder: URL,
        _ options: ModelOptions
    ) throws(LoadError) -> (files: ModelFolder, loader: ModelLoader) {
        do {
            let files = try ModelFolder(path: folder.path)
            return (files, try ModelLoader(folder: files, options: options.loaderOptions))
        } catch {
            throw .model("\(error)")
        }
    }

    /// Starts the engine and waits for a first token; then mapped weights settle in the background.
    package func start() async throws(LoadError) {
        engine.start()
        do throws(EngineError) {
            try await engine.warmUp()
        } catch {
            throw .model("\(error)")
        }
        // a copy beside the page cache's, which gives way to it
        let byteCount = mappedWeights.reduce(0) { $0 + $1.byteCount }
        if byteCount < MachineMemory.current().availableByteCount / 2 { backend.settle(mappedWeights) }
    }

    /// Waits until the weights are where they are read fastest.
    package func waitUntilSettled() { backend.waitUntilSettled() }

    /// Decides length, batch and cache before anything is loaded.
    private static func plan(
        _ loader: ModelLoader,
        _ options: ModelOptions
    ) throws(LoadError) -> (MemoryPlan, EngineConfiguration) {
        let model = loader.configuration
        if let length = options.maxModelLength, length > model.maxPositions, !model.extendsBeyondMaxPositions {
            throw .option(
                name: "--max-model-len",
                value: "\(length)",
                reason: "the model was made for \(model.maxPositions) tokens"
            )
        }
        let kvCacheDType = options.kvCacheDType.tensorType ?? (loader.weightDType == .float32 ? .float32 : .bfloat16)
        let batched = options.maxBatchedTokens ?? max(256, options.maxSequences)
        let limits = ForwardLimits(
            maxBatchedTokens: batched,
            maxLogitsRows: options.maxSequences,
            maxModelLength: options.maxModelLength ?? model.maxPositions
        )
        let demand = MemoryPlan.Demand(
            weightByteCount: loader.weightByteCount,
            scratchByteCount: model.scratchByteCount(limits),
            spec: model.kvCacheSpec,
            kvCacheDType: kvCacheDType,
            maxPositions: model.maxPositions
        )
        let memory = try MemoryPlan.make(demand: demand, options: options, memory: .current())
        var configuration = EngineConfiguration(
            maxModelLength: memory.maxModelLength,
            maxSequences: options.maxSequences,
            maxBatchedTokens: batched,
            blockSize: options.blockSize,
            blockCount: memory.blockCount,
            kvCacheDType: kvCacheDType,
            isPrefixCachingEnabled: options.isPrefixCachingEnabled,
            maxWaitingRequests: options.maxWaitingRequests,
            seed: options.seed ?? .random(in: .min ... .max)
        )
        configuration.maxWaitingTokens = options.maxWaitingTokens
        configuration.schedulingPolicy = options.schedulingPolicy == .priority ? .priority : .fcfs
        return (memory, configuration)
    }

    static func chatPrompts(
        _ files: ModelFolder,
        tokenizer: Tokenizer,
        options: ModelOptions
    ) throws(LoadError) -> ChatPromptBuilder? {
        let found: ChatTemplateSet?
        if let source = options.chatTemplate {
            found = ChatTemplateSet(try ChatTemplateLoader.compile(source, "--chat-template"))
        } else {
            found = try ChatTemplateLoader.load(files)
        }
        guard let templates = found else { return nil }
        let tokens = tokenizer.configuration.specialTokens.sorted { $0.key < $1.key }
        return ChatPromptBuilder(
            templates: templates,
            contentFormat: ContentFormat(rawValue: options.chatTemplateContentFormat),
            specialTokens: JSONObject(tokens.map { ($0.key, .string($0.value)) }),
            defaultVariables: options.chatTemplateVariables
        )
    }
}

extension ModelOptions.DataType {
    /// The element type of that name; `nil` for `auto`.
    var tensorType: DType? { DType(name: rawValue) }
}

extension ModelOptions.KVCacheDataType {
    /// The element type of that name; `nil` for `auto`.
    var tensorType: DType? { DType(name: rawValue) }
}

extension ModelOptions.QuantizedType {
    /// The format of that name.
    fileprivate var format: WeightFormat? { WeightFormat(name: rawValue) }
}

extension ModelOptions.OutputQuantization {
    /// The output matrix's type beside layers of a type; `nil` for as it is stored.
    fileprivate func type(layers: ModelOptions.QuantizedType) -> ModelOptions.QuantizedType? {
        switch self {
        case .automatic: layers == .int8 ? .int8 : .int6
        case .type(let type): type
        case .asStored: nil
        }
    }
}

extension ModelOptions {
    /// How weights are loaded.
    package var loaderOptions: ModelLoader.Options {
        let quantization = quantization.map {
            Quantization(
                layers: $0.format,
                output: outputQuantization.type(layers: $0)?.format,
                ignoredModules: quantizationIgnore
            )
        }
        return ModelLoader.Options(
            dtype: dtype.tensorType,
            quantization: quantization,
            scheme: requiredScheme,
            weightCacheFolder: weightCacheFolder
        )
    }

    /// Refuses values that cannot be.
    func check() throws(LoadError) {
        let counts = [
            ("--max-num-seqs", maxSequences, 1...65_536), ("--block-size", blockSize, 1...1024),
            ("--max-model-len", maxModelLength ?? 1, 1...100_000_000),
            ("--max-num-batched-tokens", maxBatchedTokens ?? maxSequences, maxSequences...1_048_576),
            ("--threads", threadCount ?? 1, 1...1024), ("--max-num-queued-reqs", maxWaitingRequests, 1...1_000_000),
            ("--kv-cache-memory-bytes", kvCacheByteCount ?? 1, 1...Int.max),
        ]
        for (name, value, range) in counts where !range.contains(value) {
            throw .option(
                name: name,
                value: "\(value)",
                reason: "expected \(range.lowerBound) to \(range.upperBound)"
            )
        }
        guard memoryUtilization > 0, memoryUtilization <= 1 else {
            throw .option(
                name: "--gpu-memory-utilization",
                value: "\(memoryUtilization)",
                reason: "expected a share in (0, 1]"
            )
        }
    }
}

extension Tokenizer {
    /// The most bytes of text that one token stands for; looks at every token once.
    var longestTokenByteCount: Int {
        (0..<tokenIDUpperBound).reduce(1) { longest, id in
            max(longest, TokenID(exactly: id).map { bytes(of: $0).count } ?? 0)
        }
    }
}
