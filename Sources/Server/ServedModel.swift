import Martlet
import MartletOpenAIAPI
package import MartletTokenizers

/// What a server serves: a model of one kind with its routes.
package protocol ServedModel: Sendable {
    /// Whether requests are answered.
    var isReady: Bool { get }
    /// Starts the engine and waits until it has shown that it works.
    func startModel() async throws
    /// Ends the engine.
    func stopModel() async
    /// Answers no new requests from here on.
    func beginDraining()
    /// Returns when draining begins, or when the task is cancelled; for one waiter.
    func drainingBegan() async
    /// Does what goes on after responses have been sent, until the task is cancelled.
    func workInBackground() async
    /// Every endpoint; the first of two that match wins.
    func routes(connections: ConnectionRegistry, metrics: HTTPMetrics) -> [Route]
}

extension ServedModel {
    /// There is nothing to do.
    package func workInBackground() async {}
}

/// What the routes that need only a tokenizer see of a model.
protocol TokenizingService: Sendable {
    /// The server's settings.
    var configuration: ServerConfiguration { get }
    /// What requests are decoded with.
    var decoding: MartletOpenAIAPI.RequestContext { get }
    /// Text to tokens and back.
    var tokenizer: Tokenizer { get }
    /// The longest sequence in tokens.
    var maxModelLength: Int { get }
    /// The tokens of a text, however many.
    func encode(_ text: String, addSpecialTokens: Bool, literalRanges: [Range<Int>]) async throws -> [TokenID]
    /// The tokens of a conversation, however many.
    func tokens(of conversation: Conversation) async throws -> [TokenID]
}

extension ModelService: TokenizingService {
    /// Text to tokens and back.
    package var tokenizer: Tokenizer { model.tokenizer }
    /// The longest sequence in tokens.
    package var maxModelLength: Int { model.maxModelLength }
}
