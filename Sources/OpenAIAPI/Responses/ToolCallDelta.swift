/// What one event adds to a tool call.
package struct ToolCallDelta: Sendable, Hashable {
    /// The call's place among the answer's calls.
    package var index: Int
    /// The call's identifier, with its first event.
    package var id: String?
    /// The tool's name, with its first event.
    package var name: String?
    /// The next fragment of the arguments; `nil` leaves the member out.
    package var arguments: String?

    /// A delta.
    package init(index: Int, id: String? = nil, name: String? = nil, arguments: String? = nil) {
        self.index = index
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

extension [UInt8] {
    /// Appends the delta as an element of `tool_calls`.
    mutating func appendToolCall(_ delta: ToolCallDelta) {
        appendRaw("{")
        if let id = delta.id {
            appendRaw("\"id\":")
            appendJSON(id)
            appendRaw(",\"type\":\"function\",")
        }
        appendRaw("\"index\":")
        appendJSON(delta.index)
        appendRaw(",\"function\":{")
        if let name = delta.name {
            appendRaw("\"name\":")
            appendJSON(name)
        }
        if let arguments = delta.arguments {
            appendRaw(delta.name == nil ? "\"arguments\":" : ",\"arguments\":")
            appendJSON(arguments)
        }
        appendRaw("}}")
    }
}

/// A whole tool call of an answer.
package struct ToolCallOutput: Sendable, Hashable {
    /// The call's identifier.
    package var id: String
    /// The tool's name.
    package var name: String
    /// The arguments as JSON text.
    package var arguments: String

    /// A call.
    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

extension [UInt8] {
    /// Appends the call as an element of `tool_calls`.
    mutating func appendToolCall(_ call: ToolCallOutput) {
        appendRaw("{\"id\":")
        appendJSON(call.id)
        appendRaw(",\"type\":\"function\",\"function\":")
        appendFunction(call)
        appendRaw("}")
    }

    /// Appends the call as `function_call` has it.
    mutating func appendFunction(_ call: ToolCallOutput) {
        appendRaw("{\"name\":")
        appendJSON(call.name)
        appendRaw(",\"arguments\":")
        appendJSON(call.arguments)
        appendRaw("}")
    }
}
