import MartletJSON

/// One item of a response's output.
package struct ResponseItem: Sendable, Hashable {
    /// What an item is.
    package enum Content: Sendable, Hashable {
        /// What the model thought.
        case reasoning(String)
        /// What it says, with the log-probabilities of its tokens where asked for.
        case message(String, logprobs: [PositionLogprobs]?)
        /// A function it calls; the arguments are JSON text.
        case functionCall(id: String, name: String, arguments: String)
    }

    /// `rs_…`, `msg_…` or `fc_…`.
    package var id: String
    /// What it is.
    package var content: Content

    /// An item.
    package init(id: String, content: Content) {
        self.id = id
        self.content = content
    }

    /// The message of an assistant that has said these items.
    package static func message(_ items: [ResponseItem]) -> ChatMessage {
        var message = ChatMessage(role: "assistant", content: .none)
        for item in items {
            switch item.content {
            case .reasoning(let text): message.reasoning = (message.reasoning ?? "") + text
            case .message(let text, _): message.content = .text(message.content.text + text)
            case .functionCall(let id, let name, let arguments):
                let call = JSONValue.toolCall(id: id, name: name, arguments: .string(arguments))
                message.toolCalls = (message.toolCalls ?? []) + [call]
            }
        }
        return message
    }

    /// Appends the item.
    ///
    /// - Parameters:
    ///   - status: how far it is; `nil` in a response, where reasoning has none and the rest is complete.
    ///   - bytes: what it is appended to.
    func append(status: String?, to bytes: inout [UInt8]) {
        let isEmpty = status == "in_progress"
        switch content {
        case .reasoning(let text):
            bytes.appendRaw("{\"id\":")
            bytes.appendJSON(id)
            bytes.appendRaw(",\"summary\":[],\"type\":\"reasoning\",\"content\":")
            if isEmpty {
                bytes.appendRaw("null")
            } else {
                bytes.appendRaw("[")
                bytes.appendReasoningPart(text)
                bytes.appendRaw("]")
            }
            bytes.appendRaw(",\"encrypted_content\":null,\"status\":")
            bytes.appendJSON(status)
        case .message(let text, let logprobs):
            bytes.appendRaw("{\"id\":")
            bytes.appendJSON(id)
            bytes.appendRaw(",\"content\":[")
            if !isEmpty { bytes.appendTextPart(text, logprobs: status == nil ? logprobs : nil) }
            bytes.appendRaw("],\"role\":\"assistant\",\"status\":")
            bytes.appendJSON(status ?? "completed")
            bytes.appendRaw(",\"type\":\"message\",\"phase\":null")
        case .functionCall(let callID, let name, let arguments):
            bytes.appendRaw("{\"arguments\":")
            bytes.appendJSON(isEmpty ? "" : arguments)
            bytes.appendRaw(",\"call_id\":")
            bytes.appendJSON(callID)
            bytes.appendRaw(",\"name\":")
            bytes.appendJSON(name)
            bytes.appendRaw(",\"type\":\"function_call\",\"id\":")
            bytes.appendJSON(id)
            bytes.appendRaw(",\"async\":null,\"caller\":null,\"namespace\":null,\"status\":")
            bytes.appendJSON(status ?? "completed")
        }
        bytes.appendRaw("}")
    }
}

extension [UInt8] {
    /// Appends the one part of a message; without log-probabilities they are `null`.
    mutating func appendTextPart(_ text: String, logprobs: [PositionLogprobs]?) {
        appendRaw("{\"annotations\":[],\"text\":")
        appendJSON(text)
        appendRaw(",\"type\":\"output_text\",\"logprobs\":")
        if let logprobs { appendResponseLogprobs(logprobs) } else { appendRaw("null") }
        appendRaw("}")
    }

    /// Appends the one part of reasoning.
    mutating func appendReasoningPart(_ text: String) {
        appendRaw("{\"text\":")
        appendJSON(text)
        appendRaw(",\"type\":\"reasoning_text\"}")
    }

    /// Appends `[{token, bytes, logprob, top_logprobs}]`.
    mutating func appendResponseLogprobs(_ positions: [PositionLogprobs]) {
        appendArray(positions) { position, bytes in
            bytes.appendRaw("{")
            bytes.appendResponseLogprob(position.chosen)
            bytes.appendRaw(",\"top_logprobs\":")
            bytes.appendArray(position.top) { token, bytes in
                bytes.appendRaw("{")
                bytes.appendResponseLogprob(token)
                bytes.appendRaw("}")
            }
            bytes.appendRaw("}")
        }
    }

    private mutating func appendResponseLogprob(_ token: LogprobToken) {
        appendRaw("\"token\":")
        appendJSON(token.text)
        appendRaw(",\"bytes\":")
        appendJSON(token.text.utf8.map { Int($0) })
        appendRaw(",\"logprob\":")
        appendLogprob(token.logprob)
    }
}
