public import FoundationEssentials
import MartletChatTemplates
import MartletEngine
import MartletJSON
import MartletTokenizers

/// A language model in this process: loads a Hugging Face folder and generates text.
///
/// ```swift
/// let llm = try await LLM(folder: URL(filePath: "Models/martlet-mini"))
/// let answer = try await llm.chat([ChatMessage(role: "user", content: "What is the capital of France?")])
/// print(answer.text)
/// ```
///
/// Any number of tasks may ask at once; their requests run in one batch, and each gets the same tokens as if it ran
/// alone. Cancelling a task aborts its request.
public final class LLM: Sendable {
    private let model: LoadedModel

    /// Loads a model folder and starts its engine.
    ///
    /// - Parameters:
    ///   - folder: `config.json`, safetensors, tokenizer and, for `chat`, a chat template.
    ///   - options: limits and types.
    /// - Throws: `LoadError` that says which file is missing, broken or not supported, or that memory does not suffice.
    public init(folder: URL, options: ModelOptions = ModelOptions()) async throws {
        model = try LoadedModel(folder: folder, options: options)
        try await model.start()
    }

    /// What the model's folder recommends, with vLLM's defaults for the rest.
    public var defaultSampling: SamplingOptions { SamplingOptions(defaults: model.generationDefaults) }

    /// The longest sequence, prompt and completion together, in tokens.
    public var maxModelLength: Int { model.maxModelLength }

    /// The token ids of a text, with the special tokens the model wants around a prompt.
    public func tokenize(_ text: String) -> [Int] {
        model.tokenizer.encode(text, addSpecialTokens: true).map { Int($0.rawValue) }
    }

    /// Compiles what completions must satisfy, for `SamplingOptions.grammar`; the same one may be used any number of times.
    ///
    /// - Throws: `GrammarError` that says what of the source is wrong, and where.
    public func grammar(_ source: OutputGrammar.Source) async throws -> OutputGrammar {
        OutputGrammar(compiled: try await model.grammars.grammar(try source.grammarSource()))
    }

    /// Continues each prompt; all run in one batch.
    ///
    /// - Returns: completions in the order of the prompts.
    public func generate(_ prompts: [String], sampling: SamplingOptions? = nil) async throws -> [Completion] {
        let sampling = sampling ?? defaultSampling
        return try await withThrowingTaskGroup(of: (Int, Completion).self) { group in
            for (position, prompt) in prompts.enumerated() {
                let stream = try stream(prompt, sampling: sampling)
                group.addTask { (position, await stream.collect()) }
            }
            var completions: [Completion?] = Array(repeating: nil, count: prompts.count)
            for try await (position, completion) in group { completions[position] = completion }
            try Task.checkCancellation()
            return completions.compactMap { $0 }
        }
    }

    /// Answers a conversation.
    public func chat(_ messages: [ChatMessage], sampling: SamplingOptions? = nil) async throws -> Completion {
        let completion = await (try streamChat(messages, sampling: sampling)).collect()
        try Task.checkCancellation()
        return completion
    }

    /// Continues a prompt, piece by piece.
    public func stream(_ prompt: String, sampling: SamplingOptions? = nil) throws -> TextSequence {
        try start(model.tokenizer.checkedEncode(prompt, addSpecialTokens: true), sampling ?? defaultSampling)
    }

    /// Answers a conversation, piece by piece.
    public func streamChat(_ messages: [ChatMessage], sampling: SamplingOptions? = nil) throws -> TextSequence {
        let list = messages.map { message in
            JSONValue.object(JSONObject([("role", .string(message.role)), ("content", .string(message.content))]))
        }
        guard let prompts = model.chatPrompts else {
            throw LoadError.chatTemplate("the model has none; set ModelOptions.chatTemplate, or use generate")
        }
        let prompt = try prompts.prompt(for: ChatPromptBuilder.Request(messages: list))
        let tokens = try model.tokenizer.checkedEncode(
            prompt.text,
            addSpecialTokens: false,
            literalRanges: prompt.contentRanges
        )
        return try start(tokens, sampling ?? defaultSampling)
    }

    private func start(_ prompt: [TokenID], _ sampling: SamplingOptions) throws -> TextSequence {
        let request = TextRequest(
            generation: GenerationRequest(
                id: RequestID(UUID().uuidString),
                promptTokenIDs: prompt,
                parameters: sampling.parameters(promptTokenCount: prompt.count, model: model),
                eosTokenIDs: model.eosTokenIDs,
                constraint: sampling.grammar.map { OutputConstraint(grammar: $0.compiled) }
            ),
            stopStrings: sampling.stop
        )
        let stream = try TextStream(request: request, engine: model.engine, tokenizer: model.tokenizer)
        return TextSequence(stream: stream, promptTokenCount: prompt.count)
    }
}

extension SamplingOptions {
    init(defaults: GenerationDefaults) {
        temperature = defaults.temperature ?? temperature
        topP = defaults.topP ?? topP
        topK = defaults.topK ?? topK
        minP = defaults.minP ?? minP
        repetitionPenalty = defaults.repetitionPenalty ?? repetitionPenalty
        presencePenalty = defaults.presencePenalty ?? presencePenalty
        frequencyPenalty = defaults.frequencyPenalty ?? frequencyPenalty
        maxTokens = defaults.maxNewTokens
    }

    func parameters(promptTokenCount: Int, model: LoadedModel) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = temperature
        parameters.topP = topP
        parameters.topK = topK
        parameters.minP = minP
        parameters.presencePenalty = presencePenalty
        parameters.frequencyPenalty = frequencyPenalty
        parameters.repetitionPenalty = repetitionPenalty
        parameters.seed = seed
        let rest = max(1, model.maxModelLength - promptTokenCount)
        parameters.maxTokens = min(maxTokens ?? rest, rest)
        parameters.minTokens = minTokens
        parameters.ignoreEOS = ignoreEOS
        parameters.stopTokenIDs = ignoreEOS ? [] : model.generationDefaults.eosTokenIDs
        parameters.logprobs = logprobs
        return parameters
    }
}
