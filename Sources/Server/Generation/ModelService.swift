package import Martlet
import MartletChatTemplates
import MartletEngine
package import MartletOpenAIAPI
package import MartletTokenizers
import Synchronization

/// The served model as the routes see it: requests' text to tokens, fields to engine requests, engine errors to API errors.
package final class ModelService: Sendable {
    /// The model.
    package let model: LoadedModel
    /// The server's settings.
    package let configuration: ServerConfiguration
    /// What requests are decoded with.
    package let decoding: MartletOpenAIAPI.RequestContext
    /// Whether an operator has put the server to sleep or paused it.
    package let rest = RestState()
    /// How often answers were searched for tool calls.
    package let toolParsing = ToolParsingCounts()
    /// What goes on after responses have been sent.
    let background = BackgroundWork()
    private let isDraining = Atomic<Bool>(false)
    private let draining = AsyncStream<Void>.makeStream()

    /// The name that responses report.
    package var modelName: String { configuration.servedModelNames.first ?? "" }

    /// A service for a model.
    package init(model: LoadedModel, configuration: ServerConfiguration) {
        self.model = model
        self.configuration = configuration
        var limits = RequestLimits()
        limits.maxStopStrings = configuration.maxStopStrings
        limits.maxLogprobs = configuration.maxLogprobs
        var decoding = MartletOpenAIAPI.RequestContext(servedModels: configuration.servedModelNames, limits: limits)
        decoding.trustsRequestTemplates = configuration.trustsRequestTemplates
        self.decoding = decoding
    }

    /// Whether requests are answered: a token has come out and the server is not stopping.
    package var isReady: Bool { model.engine.isReady && !isDraining.load(ordering: .relaxed) }

    /// Answers no new requests from here on.
    package func beginDraining() {
        isDraining.store(true, ordering: .relaxed)
        draining.continuation.finish()
    }

    /// Returns when draining begins, or when the task is cancelled.
    ///
    /// For one waiter.
    package func drainingBegan() async {
        for await _ in draining.stream {}
    }

    /// Throws 503 while the server starts or stops.
    package func checkReady() throws(APIError) {
        if isDraining.load(ordering: .relaxed) { throw .unavailable("The server is shutting down.") }
        if let reason = rest.reason { throw .unavailable(reason) }
        if !model.engine.takesRequests { throw .unavailable("The engine is not ready.") }
    }
}

// MARK: - Prompts

/// A prompt as the engine takes it, with the text it came from.
package struct Prompt: Sendable {
    /// At least one token.
    package var tokens: [TokenID]
    /// The text, for `echo`; empty for a prompt of token ids unless it was asked for.
    package var text: String
}

extension ModelService {
    /// The prompt of a conversation.
    package func prompt(of conversation: Conversation, truncation: PromptTruncation?) async throws -> Prompt {
        let rendered = try render(conversation)
        if truncation == nil { try checkLength(rendered.text) }
        var tokens = try await encode(rendered, addSpecialTokens: conversation.addSpecialTokens)
        try cut(&tokens, truncation)
        try checkCount(tokens, isLowerBound: true)
        return Prompt(tokens: tokens, text: rendered.text)
    }

    private func cut(_ tokens: inout [TokenID], _ truncation: PromptTruncation?) throws(APIError) {
        guard let truncation else { return }
        try truncation.check(maxModelLength: model.maxModelLength)
        tokens = truncation.cut(tokens, maxModelLength: model.maxModelLength)
    }

    /// The tokens of a conversation, however many.
    package func tokens(of conversation: Conversation) async throws -> [TokenID] {
        try await encode(try render(conversation), addSpecialTokens: conversation.addSpecialTokens)
    }

    private func encode(_ prompt: RenderedPrompt, addSpecialTokens: Bool) async throws -> [TokenID] {
        try await encode(
            prompt.text,
            addSpecialTokens: addSpecialTokens,
            literalRanges: configuration.allowsSpecialTokensInContent ? [] : prompt.contentRanges
        )
    }

    private func render(_ conversation: Conversation) throws(APIError) -> RenderedPrompt {
        guard let prompts = model.chatPrompts else {
            throw .badRequest(
                "The model has no chat template. Give one with --chat-template, or use /v1/completions."
            )
        }
        do {
            return try prompts.prompt(for: ChatPromptBuilder.Request(conversation))
        } catch {
            throw .badRequest("\(error)")
        }
    }

    /// The prompt of a completion.
    package func prompt(
        of prompt: CompletionRequest.Prompt,
        addSpecialTokens: Bool,
        truncation: PromptTruncation?,
        wantsText: Bool
    ) async throws -> Prompt {
        switch prompt {
        case .text(let text):
            if truncation == nil { try checkLength(text) }
            var tokens = try await encode(text, addSpecialTokens: addSpecialTokens, literalRanges: [])
            try cut(&tokens, truncation)
            try checkCount(tokens, isLowerBound: true)
            return Prompt(tokens: tokens, text: text)
        case .tokens(let ids):
            if let stray = ids.first(where: { $0 < 0 || $0 >= model.vocabularySize }) {
                throw APIError.outOfVocabulary(tokenID: stray)
            }
            var tokens = ids.compactMap { TokenID(exactly: $0) }
            try cut(&tokens, truncation)
            try checkCount(tokens, isLowerBound: false)
            let text = wantsText ? model.tokenizer.decode(tokens, skipSpecialTokens: false) : ""
            return Prompt(tokens: tokens, text: text)
        }
    }

    /// The tokens of a text; a long one is tokenized beside the request tasks, which must not block.
    ///
    /// - Throws: 400 where the tokenizer gives up on the text.
    package func encode(
        _ text: String,
        addSpecialTokens: Bool,
        literalRanges: [Range<Int>]
    ) async throws -> [TokenID] {
        try await model.tokenizer.encode(text, addSpecialTokens, literalRanges)
    }

    /// Refuses a text that has more bytes than the longest tokens could take in.
    private func checkLength(_ text: String) throws(APIError) {
        let limit = model.maxModelLength.multipliedReportingOverflow(by: model.longestTokenByteCount)
        guard !limit.overflow, text.utf8.count > limit.partialValue else { return }
        throw .promptTextTooLong(
            characterCount: text.unicodeScalars.count,
            limit: limit.partialValue,
            maxModelLength: model.maxModelLength
        )
    }

    private func checkCount(_ tokens: [TokenID], isLowerBound: Bool) throws(APIError) {
        if tokens.isEmpty { throw .emptyPrompt }
        guard tokens.count > model.maxModelLength else { return }
        throw .promptTooLong(
            tokenCount: isLowerBound ? model.maxModelLength + 1 : tokens.count,
            isLowerBound: isLowerBound,
            maxModelLength: model.maxModelLength
        )
    }
}

extension ChatPromptBuilder.Request {
    init(_ conversation: Conversation) {
        self.init(messages: conversation.messages.map(\.promptValue))
        tools = conversation.tools
        documents = conversation.documents
        addGenerationPrompt = conversation.addGenerationPrompt
        continueFinalMessage = conversation.continueFinalMessage
        reasoningEffort = conversation.reasoningEffort
        template = conversation.chatTemplate
        templateVariables = conversation.chatTemplateKwargs
    }
}
