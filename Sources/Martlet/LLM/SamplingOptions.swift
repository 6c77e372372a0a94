import MartletEngine
import MartletTokenizers

/// How the tokens of a completion are chosen; the names and meanings of vLLM's sampling parameters.
public struct SamplingOptions: Sendable, Hashable {
    /// 0 is greedy: always the likeliest token.
    public var temperature: Float = 1
    /// The probability mass that is kept, in (0, 1].
    public var topP: Float = 1
    /// How many of the likeliest tokens are kept; 0 keeps all.
    public var topK = 0
    /// The least probability that is kept, relative to the greatest.
    public var minP: Float = 0
    /// Subtracted once for each token that occurs in the completion.
    public var presencePenalty: Float = 0
    /// Subtracted for each occurrence in the completion.
    public var frequencyPenalty: Float = 0
    /// Divides the logits of tokens that occur in prompt or completion.
    public var repetitionPenalty: Float = 1
    /// The same seed gives the same completion.
    public var seed: Int64?
    /// The most tokens of the completion; `nil` is the rest of the context.
    public var maxTokens: Int?
    /// Tokens before which the completion does not end.
    public var minTokens = 0
    /// Texts that end the completion.
    public var stop: [String] = []
    /// Whether end-of-sequence tokens are ordinary.
    public var ignoreEOS = false
    /// What the completion must satisfy; `nil` for any text.
    public var grammar: OutputGrammar?
    /// How many likeliest tokens to report with each token; `nil` for no log-probabilities.
    public var logprobs: Int?

    /// vLLM's defaults.
    public init() {}
}

/// A finished completion.
public struct Completion: Sendable, Hashable {
    /// Why a completion ended.
    public enum FinishReason: String, Sendable {
        /// An end-of-sequence token or a stop string.
        case stop
        /// The most tokens asked for, or the end of the context.
        case length
        /// It was cancelled.
        case abort
        /// The engine failed.
        case error
    }

    /// The generated text.
    public var text: String
    /// The generated tokens' ids.
    public var tokenIDs: [Int]
    /// Raw log-probabilities of the generated tokens, when asked for.
    public var logprobs: [Float]
    /// Why it ended.
    public var finishReason: FinishReason
    /// The tokens of the prompt.
    public var promptTokenCount: Int
}

/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks, for example `system`, `user` or `assistant`.
    public var role: String
    /// What is said.
    public var content: String

    /// A message.
    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}
