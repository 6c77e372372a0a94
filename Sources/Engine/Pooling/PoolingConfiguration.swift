/// The limits of a pooling engine, decided before it starts.
package struct PoolingConfiguration: Sendable, Hashable {
    /// The longest sequence in tokens.
    package var maxLength: Int
    /// The most tokens of one step, unless one sequence alone has more.
    package var maxBatchedTokens: Int
    /// The most sequences of one step.
    package var maxSequences: Int
    /// The most sequences that wait.
    package var maxWaitingSequences: Int
    /// How long a step should take at most; fewer tokens go into one where it would take longer.
    package var targetStepTime: Duration

    /// Limits.
    package init(
        maxLength: Int,
        maxBatchedTokens: Int,
        maxSequences: Int = 256,
        maxWaitingSequences: Int = 65_536,
        targetStepTime: Duration = .milliseconds(60)
    ) {
        self.maxLength = maxLength
        self.maxBatchedTokens = maxBatchedTokens
        self.maxSequences = maxSequences
        self.maxWaitingSequences = maxWaitingSequences
        self.targetStepTime = targetStepTime
    }
}

/// Why a pooling engine refuses a request or gives it up.
package enum PoolingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sequence has no token.
    case emptySequence(index: Int)
    /// A sequence is longer than the model takes.
    case sequenceTooLong(index: Int, tokenCount: Int, maximum: Int)
    /// A token that the model does not have.
    case tokenOutOfVocabulary(index: Int, tokenID: Int32, vocabularySize: Int)
    /// A token type that the model does not have.
    case typeOutOfRange(index: Int, type: Int32, typeCount: Int)
    /// As many sequences wait as may.
    case queueFull(maximum: Int)
    /// The engine drains or has stopped.
    case shuttingDown
    /// The device failed.
    case deviceFailure(String)

    /// One sentence.
    package var description: String {
        switch self {
        case .emptySequence(let index): "input \(index) has no token"
        case .sequenceTooLong(let index, let count, let maximum):
            "input \(index) has \(count) tokens, the model takes at most \(maximum)"
        case .tokenOutOfVocabulary(let index, let id, let size):
            "token id \(id) of input \(index) is out of the vocabulary of \(size) tokens"
        case .typeOutOfRange(let index, let type, let count):
            "token type \(type) of input \(index) is not below \(count)"
        case .queueFull(let maximum): "more than \(maximum) inputs wait; try again later"
        case .shuttingDown: "the engine is shutting down"
        case .deviceFailure(let reason): "the device failed: \(reason)"
        }
    }
}
