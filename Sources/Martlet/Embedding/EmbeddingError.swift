/// Why a text has no embedding or score.
public enum EmbeddingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A text has more tokens than the model takes.
    case textTooLong(index: Int, tokenCount: Int, maximum: Int)
    /// The model has no prompt of that name.
    case unknownPrompt(String, known: [String])
    /// The model leaves prompts out of pooling, which is not implemented.
    case promptNotPooled(String)
    /// The model's embeddings cannot be cut to that size.
    case invalidDimensions(Int, width: Int)
    /// The model is of the other kind: scores instead of embeddings, or the other way round.
    case wrongKind(expected: String, found: String)
    /// The engine failed or has stopped.
    case engine(String)

    /// One sentence that says what was wrong and what to do.
    public var description: String {
        switch self {
        case .textTooLong(let index, let count, let maximum):
            "text \(index) has \(count) tokens, the model takes at most \(maximum): shorten it or let it be cut"
        case .unknownPrompt(let name, let known):
            "the model has no prompt named '\(name)'; it has "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
        case .promptNotPooled(let name):
            "the model leaves its prompts out of pooling, which is not supported: the prompt '\(name)' cannot be used"
        case .invalidDimensions(let count, let width):
            "embeddings of \(width) elements of this model cannot be cut to \(count)"
        case .wrongKind(let expected, let found): "the model gives \(found), not \(expected)"
        case .engine(let reason): reason
        }
    }
}
