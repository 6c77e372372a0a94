import MartletJSON

/// A block of an answer's content.
package enum MessageBlock: Sendable, Hashable {
    /// What the model thought; the signature is any text.
    case thinking(String, signature: String)
    /// What it says.
    case text(String)
    /// A tool it calls; the arguments are JSON text.
    case toolUse(id: String, name: String, arguments: String)
}

/// Why an answer ended.
package struct MessageStop: Sendable, Hashable {
    /// `end_turn`, `max_tokens`, `stop_sequence` or `tool_use`.
    package var reason: String
    /// The text that ended it.
    package var sequence: String?

    /// The end of an answer.
    ///
    /// - Parameters:
    ///   - finish: how the choice ended.
    ///   - hasCalls: whether the answer calls tools.
    package init(_ finish: ChoiceFinish, hasCalls: Bool) {
        reason =
            switch finish.reason {
            case .length: "max_tokens"
            case .stop, .toolCalls, .functionCall, .repetition, .abort: hasCalls ? "tool_use" : "end_turn"
            }
        if finish.reason == .stop, case .text(let text) = finish.stopReason {
            reason = "stop_sequence"
            sequence = text
        }
    }
}

/// The whole answer of `POST /v1/messages`.
package struct MessageResponse: Sendable {
    private let head: ResponseHead
    private let blocks: [MessageBlock]
    private let stop: MessageStop
    private let usage: Usage

    /// An answer.
    package init(head: ResponseHead, blocks: [MessageBlock], stop: MessageStop, usage: Usage) {
        self.head = head
        self.blocks = blocks
        self.stop = stop
        self.usage = usage
    }

    /// The body: compact JSON; what there is not is left out.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendMessageHead(head)
        bytes.appendRaw(",\"content\":")
        bytes.appendArray(blocks) { $1.appendBlock($0) }
        bytes.appendRaw(",\"model\":")
        bytes.appendJSON(head.model)
        bytes.appendRaw(",\"stop_reason\":")
        bytes.appendJSON(stop.reason)
        if let sequence = stop.sequence {
            bytes.appendRaw(",\"stop_sequence\":")
            bytes.appendJSON(sequence)
        }
        bytes.appendRaw(",\"usage\":")
        bytes.appendMessageUsage(usage)
        bytes.appendRaw("}")
        return bytes
    }
}

/// The answer of `POST /v1/messages/count_tokens`.
package struct MessageTokenCount: Sendable {
    private let tokenCount: Int

    /// A count.
    package init(tokenCount: Int) { self.tokenCount = tokenCount }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRaw("{\"input_tokens\":")
        bytes.appendJSON(tokenCount)
        bytes.appendRaw(",\"context_management\":{\"original_input_tokens\":")
        bytes.appendJSON(tokenCount)
        bytes.appendRaw("}}")
        return bytes
    }
}

extension APIError {
    /// The response body as clients of `/v1/messages` read it; bodies that do not fit the schema get the other form.
    package var messageBody: [UInt8] {
        if type == .schema { return body }
        var bytes: [UInt8] = []
        appendMessageBody(to: &bytes)
        return bytes
    }

    /// Appends `{"type":"error","error":{…}}`.
    func appendMessageBody(to bytes: inout [UInt8]) {
        bytes.appendRaw("{\"type\":\"error\",\"error\":{\"type\":")
        bytes.appendJSON(type.rawValue)
        bytes.appendRaw(",\"message\":")
        bytes.appendJSON(message)
        bytes.appendRaw("}}")
    }
}

extension [UInt8] {
    /// Appends `{"id":…,"type":"message","role":"assistant"`.
    mutating func appendMessageHead(_ head: ResponseHead) {
        appendRaw("{\"id\":")
        appendJSON(head.id)
        appendRaw(",\"type\":\"message\",\"role\":\"assistant\"")
    }

    /// Appends the two counts.
    mutating func appendMessageUsage(_ usage: Usage) {
        appendRaw("{\"input_tokens\":")
        appendJSON(usage.promptTokens)
        appendRaw(",\"output_tokens\":")
        appendJSON(usage.completionTokens)
        appendRaw("}")
    }

    fileprivate mutating func appendBlock(_ block: MessageBlock) {
        switch block {
        case .thinking(let text, let signature):
            appendRaw("{\"type\":\"thinking\",\"thinking\":")
            appendJSON(text)
            appendRaw(",\"signature\":")
            appendJSON(signature)
        case .text(let text):
            appendRaw("{\"type\":\"text\",\"text\":")
            appendJSON(text)
        case .toolUse(let id, let name, let arguments):
            appendRaw("{\"type\":\"tool_use\",\"id\":")
            appendJSON(id)
            appendRaw(",\"name\":")
            appendJSON(name)
            appendRaw(",\"input\":")
            // arguments that were cut are no object
            let input = try? JSONParser.parse(arguments).object
            appendValue(.object(input ?? JSONObject()))
        }
        appendRaw("}")
    }
}
