/// What a part of the generated text is.
package enum OutputEvent: Sendable, Hashable {
    /// Text of the model's reasoning.
    case reasoning(String)
    /// Text of the answer.
    case content(String)
    /// A tool call is certain: its name is complete and its arguments have begun.
    case toolCallBegin(index: Int, id: String, name: String)
    /// The next fragment of a call's arguments; the fragments joined are one JSON object.
    case toolCallArguments(index: Int, text: String)
    /// No more arguments come for the call; they are a JSON object unless the text broke or was cut inside them.
    case toolCallEnd(index: Int, isComplete: Bool)
}

/// A whole text as its parts.
package struct ParsedOutput: Sendable, Hashable {
    /// One call of a tool.
    package struct ToolCall: Sendable, Hashable {
        /// The call's identifier.
        package var id: String
        /// The tool's name.
        package var name: String
        /// The arguments as JSON text.
        package var arguments: String
        /// Whether the arguments are a whole JSON object.
        package var isComplete: Bool
    }

    /// The reasoning, if there was any.
    package var reasoning: String?
    /// The answer, if there was any.
    package var content: String?
    /// The calls in order.
    package var toolCalls: [ToolCall] = []

    /// Nothing yet.
    package init() {}

    /// Adds what an event says.
    package mutating func append(_ event: OutputEvent) {
        switch event {
        case .reasoning(let text):
            if reasoning?.append(text) == nil { reasoning = text }
        case .content(let text):
            if content?.append(text) == nil { content = text }
        case .toolCallBegin(_, let id, let name):
            toolCalls.append(ToolCall(id: id, name: name, arguments: "", isComplete: false))
        case .toolCallArguments(let index, let text): toolCalls[index].arguments += text
        case .toolCallEnd(let index, let isComplete): toolCalls[index].isComplete = isComplete
        }
    }
}
