/// A part of an answer, for formats that list parts in the order in which they came.
package enum AnswerPart: Sendable, Hashable {
    /// Text of the model's reasoning.
    case reasoning(String)
    /// Text of the answer, with the log-probabilities of its tokens where asked for.
    case text(String, logprobs: [PositionLogprobs]?)
    /// A call of a tool begins.
    case callBegin(id: String, name: String)
    /// The next fragment of the call's arguments.
    case callArguments(String)
    /// The call has ended.
    case callEnd
}
