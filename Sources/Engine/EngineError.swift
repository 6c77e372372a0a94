import MartletTensors

/// Why the engine refuses a request or cannot be made.
package enum EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A list of token ids of a request.
    package enum Field: String, Sendable, Hashable {
        /// The prompt.
        case prompt
        /// The keys of the biases.
        case logitBias
        /// The stop tokens.
        case stopTokenIDs
        /// The only tokens allowed.
        case allowedTokenIDs
        /// The forbidden sequences.
        case badWords
    }

    /// The prompt has no token.
    case emptyPrompt
    /// The prompt leaves no room for a completion.
    case promptTooLong(tokenCount: Int, maximum: Int)
    /// An id that the model does not have.
    case tokenOutOfVocabulary(tokenID: Int32, field: Field, vocabularySize: Int)
    /// Fewer than one completion, or more than may ever run at once.
    case invalidChoiceCount(Int, maximum: Int)
    /// `allowedTokenIDs` allows none.
    case noTokenAllowed
    /// As many requests wait as may.
    case queueFull(maximum: Int)
    /// The prompts that wait have as many tokens as they may.
    case queueTokensFull(maximum: Int)
    /// A request of that name is under way.
    case duplicateRequest(RequestID)
    /// The engine drains or has stopped.
    case shuttingDown
    /// A limit that cannot be met: its name, its value and the range it has to lie in.
    case invalidConfiguration(name: String, value: Int, minimum: Int, maximum: Int)
    /// The memory for the cache or a batch is not to be had.
    case outOfMemory(byteCount: Int)
    /// The device failed.
    case deviceFailure(String)
    /// The first token did not come out.
    case warmUpFailed

    init(_ error: BackendError) {
        switch error {
        case .outOfMemory(let byteCount): self = .outOfMemory(byteCount: byteCount)
        case .deviceFailure(let reason): self = .deviceFailure(reason)
        case .notFinite: self = .deviceFailure("\(error)")
        }
    }

    /// One sentence.
    package var description: String {
        switch self {
        case .emptyPrompt:
            "the prompt is empty: at least one token is needed"
        case .promptTooLong(let tokenCount, let maximum):
            "the prompt has \(tokenCount) tokens, at most \(maximum) leave room for a completion"
        case .tokenOutOfVocabulary(let tokenID, let field, let vocabularySize):
            "token id \(tokenID) in \(field.rawValue) is out of the vocabulary of \(vocabularySize) tokens"
        case .invalidChoiceCount(let count, let maximum):
            "\(count) completions of one prompt were asked for, between 1 and \(maximum) are possible"
        case .noTokenAllowed:
            "the list of allowed tokens is empty"
        case .queueFull(let maximum):
            "\(maximum) requests wait already; try again later"
        case .queueTokensFull(let maximum):
            "prompts of \(maximum) tokens wait already; try again later"
        case .duplicateRequest(let id):
            "a request named \(id) is under way"
        case .shuttingDown:
            "the engine is shutting down"
        case .invalidConfiguration(let name, let value, let minimum, let maximum):
            "\(name) is \(value), it has to lie between \(minimum) and \(maximum)"
        case .outOfMemory(let byteCount):
            "cannot allocate \(byteCount) bytes"
        case .deviceFailure(let reason):
            "the device failed: \(reason)"
        case .warmUpFailed:
            "the model did not generate its first token"
        }
    }
}
