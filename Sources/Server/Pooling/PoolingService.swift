import FoundationEssentials
import HTTPTypes
import Hummingbird
package import Martlet
import MartletChatTemplates
import MartletEngine
import MartletModels
package import MartletOpenAIAPI
import MartletTokenizers
import NIOPosix
import Synchronization

/// The served model of embeddings or scores as the routes see it: texts to tokens, vectors to results, errors to API errors.
package final class PoolingService: Sendable {
    /// The model.
    package let model: LoadedPoolingModel
    /// The server's settings.
    package let configuration: ServerConfiguration
    /// What requests are decoded with.
    package let decoding: MartletOpenAIAPI.RequestContext
    private let draining = Draining()

    /// The most inputs of a request.
    private static let maximumInputCount = 16_384

    /// A service for a model.
    package init(model: LoadedPoolingModel, configuration: ServerConfiguration) {
        self.model = model
        self.configuration = configuration
        var limits = RequestLimits()
        limits.maxPrompts = Self.maximumInputCount
        decoding = MartletOpenAIAPI.RequestContext(servedModels: configuration.servedModelNames, limits: limits)
    }

    /// Whether requests are answered: a vector has come out and the server is not stopping.
    package var isReady: Bool { model.engine.isReady && !draining.hasBegun }

    /// Answers no new requests from here on.
    package func beginDraining() { draining.begin() }

    /// Returns when draining begins, or when the task is cancelled; for one waiter.
    package func drainingBegan() async { await draining.began() }

    /// Throws 503 while the server starts or stops.
    func checkReady() throws(APIError) {
        if draining.hasBegun { throw .unavailable("The server is shutting down.") }
        if !model.engine.takesRequests { throw .unavailable("The engine is not ready.") }
    }

    /// What the response of a request begins with.
    func head(of request: Request, kind: String, requestID: String?) -> ResponseHead {
        let header = HTTPField.Name("X-Request-Id").flatMap { request.headers[$0] }
        let valid = header.flatMap { RequestOptions.isValidRequestID($0) ? $0 : nil }
        return ResponseHead(
            id: "\(kind)-\(valid ?? requestID ?? RandomID.hex(16))",
            created: Int(Date().timeIntervalSince1970),
            model: configuration.servedModelNames.first ?? ""
        )
    }

    /// The vectors of sequences; the client's going takes them out of the queue.
    func vectors(
        of sequences: [EncoderBatch.Sequence],
        watch: ConnectionWatch?
    ) async throws -> [[Float]] {
        do {
            guard let watch else { return try await model.engine.vectors(of: sequences) }
            // a task of its own, which the connection's end can cancel
            let engine = model.engine
            let task = Task { try await engine.vectors(of: sequences) }
            return try await withTaskCancellationHandler {
                try await watch.run(onClose: { task.cancel() }) { try await task.value }
            } onCancel: {
                task.cancel()
            }
        } catch let error as PoolingError {
            throw APIError(error, maxModelLength: model.maxModelLength)
        }
    }
}

/// Whether a server has begun to stop.
final class Draining: Sendable {
    private let flag = Atomic<Bool>(false)
    private let signal = AsyncStream<Void>.makeStream()

    /// Whether it has begun.
    var hasBegun: Bool { flag.load(ordering: .relaxed) }

    /// Begins.
    func begin() {
        flag.store(true, ordering: .relaxed)
        signal.continuation.finish()
    }

    /// Returns once it has begun, or when the task is cancelled; for one waiter.
    func began() async {
        for await _ in signal.stream {}
    }
}

// MARK: - Inputs

extension PoolingService {
    /// The sequence of an input.
    ///
    /// - Throws: 400 where it is too long and nothing says that it may be cut, or has no token.
    func sequence(
        of input: PoolingRequest.Input,
        options: PoolingFields,
        promptName: String?
    ) async throws -> EncoderBatch.Sequence {
        let cut = try options.cut(maxModelLength: model.maxModelLength)
        switch input {
        case .prompt(.text(let text)):
            let prompt = try promptName.map { name throws(APIError) in try self.prompt(named: name) } ?? ""
            return try await sequence(of: [prompt + text], options.addSpecialTokens, cut)
        case .prompt(.tokens(let ids)):
            if let stray = ids.first(where: { $0 < 0 || $0 >= model.vocabularySize }) {
                throw APIError.outOfVocabulary(tokenID: stray, in: "input")
            }
            var tokens = ids.map { Int32($0) }
            if let cut { tokens = cut.keepsEnd ? tokens.suffix(cut.limit) : Array(tokens.prefix(cut.limit)) }
            try check(count: tokens.count, isLowerBound: false)
            return EncoderBatch.Sequence(tokens: tokens)
        case .conversation(let conversation):
            let text = try render(conversation)
            return try await sequence(of: [text], conversation.addSpecialTokens, cut)
        }
    }

    /// The sequence of one text, or of two that are computed together.
    func sequence(
        of texts: [String],
        _ addSpecialTokens: Bool,
        _ cut: (limit: Int, keepsEnd: Bool)?,
        textLimits: [Int] = [],
        instruction: String? = nil
    ) async throws -> EncoderBatch.Sequence {
        if cut == nil {
            for (index, text) in texts.enumerated() where textLimits.isEmpty || textLimits[index] == 0 {
                try checkLength(text)
            }
        }
        let model = model
        let encode: @Sendable () -> (sequence: EncoderBatch.Sequence, fullCount: Int) = {
            model.sequence(
                of: texts,
                cut: cut.map { Cut(limit: $0.limit, keepsEnd: $0.keepsEnd) },
                addSpecialTokens: addSpecialTokens,
                textLimits: textLimits,
                instruction: instruction
            )
        }
        let isLong = texts.reduce(0) { $0 + $1.utf8.count } > 32 << 10
        let encoded = isLong ? try await NIOThreadPool.singleton.runIfActive(encode) : encode()
        try check(count: cut == nil ? encoded.fullCount : encoded.sequence.tokens.count, isLowerBound: true)
        return encoded.sequence
    }

    private func prompt(named name: String) throws(APIError) -> String {
        do {
            return try model.prompt(named: name)
        } catch {
            throw .badRequest("\(error)", param: "prompt_name")
        }
    }

    func render(_ conversation: Conversation) throws(APIError) -> String {
        guard let prompts = model.chatPrompts else {
            throw .badRequest("The model has no chat template. Give one with --chat-template, or send `input`.")
        }
        do {
            return try prompts.prompt(for: ChatPromptBuilder.Request(conversation)).text
        } catch {
            throw .badRequest("\(error)")
        }
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

    private func check(count: Int, isLowerBound: Bool) throws(APIError) {
        if count == 0 {
            throw .badRequest(
                "The decoder prompt cannot be empty: `input`, cut by `truncate_prompt_tokens`, has no token."
            )
        }
        guard count > model.maxModelLength else { return }
        throw .promptTooLong(
            tokenCount: isLowerBound ? model.maxModelLength + 1 : count,
            isLowerBound: isLowerBound,
            maxModelLength: model.maxModelLength
        )
    }
}

extension APIError {
    /// What a client is told when the engine refuses a request or gives it up.
    init(_ error: PoolingError, maxModelLength: Int) {
        switch error {
        case .emptySequence: self = .emptyPrompt
        case .sequenceTooLong(_, let count, _):
            self = .promptTooLong(tokenCount: count, isLowerBound: false, maxModelLength: maxModelLength)
        case .tokenOutOfVocabulary(_, let id, _): self = .outOfVocabulary(tokenID: Int(id), in: "input")
        case .queueFull(let maximum): self = .queueFull(limit: maximum)
        case .shuttingDown: self = .unavailable("The server is shutting down.")
        case .typeOutOfRange, .deviceFailure: self = .engineFailure
        }
    }
}
