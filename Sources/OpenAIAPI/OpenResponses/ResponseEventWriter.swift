/// Gathers the items of a response and writes the events of its stream.
///
/// An item is announced, grows by deltas, and is told again as a whole when the next one begins. A response that is not
/// streamed is gathered in the same way; its events are dropped.
package struct ResponseEventWriter: Sendable {
    /// The items, the last one perhaps unfinished.
    package private(set) var items: [ResponseItem] = []
    private let makeID: @Sendable (String) -> String
    private var isOpen = false
    private var sequence = 0

    /// A writer for one response.
    ///
    /// - Parameter makeID: makes an item's id that begins with the given prefix.
    package init(makeID: @escaping @Sendable (String) -> String) { self.makeID = makeID }

    /// Appends the events that open the stream.
    package mutating func begin(_ response: ResponseObject, to bytes: inout [UInt8]) {
        append("response.created", response, to: &bytes)
        append("response.in_progress", response, to: &bytes)
    }

    /// Appends the event that ends the stream; the last item must have been ended.
    package mutating func end(_ response: ResponseObject, to bytes: inout [UInt8]) {
        append("response.completed", response, to: &bytes)
    }

    /// Appends the event of a failure.
    package mutating func fail(_ error: APIError, to bytes: inout [UInt8]) {
        open("error", to: &bytes)
        bytes.appendRaw("\"code\":")
        bytes.appendJSON(String(error.status))
        bytes.appendRaw(",\"message\":")
        bytes.appendJSON(error.message)
        bytes.appendRaw(",\"param\":")
        bytes.appendJSON(error.param)
        close("error", to: &bytes)
    }

    /// Takes in a part of the answer and appends its events.
    package mutating func append(_ part: AnswerPart, to bytes: inout [UInt8]) {
        switch part {
        case .reasoning(let text):
            if text.utf8.isEmpty { return }
            if isOpen, case .reasoning(let before)? = items.last?.content {
                items[items.count - 1].content = .reasoning(before + text)
            } else {
                add("rs_", .reasoning(text), to: &bytes)
            }
            appendDelta("response.reasoning_text.delta", text, to: &bytes)
        case .text(let text, let logprobs):
            if text.utf8.isEmpty, logprobs?.isEmpty ?? true { return }
            if isOpen, case .message(let before, let earlier)? = items.last?.content {
                let all = logprobs.map { (earlier ?? []) + $0 } ?? earlier
                items[items.count - 1].content = .message(before + text, logprobs: all)
            } else {
                if text.utf8.isEmpty { return }
                add("msg_", .message(text, logprobs: logprobs), to: &bytes)
            }
            appendDelta("response.output_text.delta", text, logprobs: logprobs ?? [], to: &bytes)
        case .callBegin(let id, let name):
            add("fc_", .functionCall(id: id, name: name, arguments: ""), to: &bytes)
        case .callArguments(let text):
            guard isOpen, case .functionCall(let id, let name, let before)? = items.last?.content else { return }
            items[items.count - 1].content = .functionCall(id: id, name: name, arguments: before + text)
            if !text.utf8.isEmpty { appendDelta("response.function_call_arguments.delta", text, to: &bytes) }
        case .callEnd: endItem(to: &bytes)
        }
    }

    /// Ends the item that grows, if there is one.
    package mutating func endItem(to bytes: inout [UInt8]) {
        guard isOpen, let item = items.last else { return }
        isOpen = false
        switch item.content {
        case .reasoning(let text):
            appendWhole("response.reasoning_text.done", text, logprobs: nil, to: &bytes)
            appendPart("response.content_part.done", to: &bytes) { $0.appendReasoningPart(text) }
        case .message(let text, let logprobs):
            appendWhole("response.output_text.done", text, logprobs: logprobs ?? [], to: &bytes)
            appendPart("response.content_part.done", to: &bytes) { $0.appendTextPart(text, logprobs: nil) }
        case .functionCall(_, let name, let arguments):
            open("response.function_call_arguments.done", to: &bytes)
            bytes.appendRaw("\"arguments\":")
            bytes.appendJSON(arguments)
            appendPlace(to: &bytes)
            close("response.function_call_arguments.done", to: &bytes) {
                $0.appendRaw(",\"name\":")
                $0.appendJSON(name)
            }
        }
        appendItem("response.output_item.done", status: "completed", to: &bytes)
    }

    private mutating func add(_ prefix: String, _ content: ResponseItem.Content, to bytes: inout [UInt8]) {
        endItem(to: &bytes)
        items.append(ResponseItem(id: makeID(prefix), content: content))
        isOpen = true
        appendItem("response.output_item.added", status: "in_progress", to: &bytes)
        switch content {
        case .reasoning: appendPart("response.content_part.added", to: &bytes) { $0.appendReasoningPart("") }
        case .message:
            appendPart("response.content_part.added", to: &bytes) { $0.appendTextPart("", logprobs: []) }
        case .functionCall: break
        }
    }
}

// MARK: - Events

extension ResponseEventWriter {
    private mutating func open(_ type: StaticString, to bytes: inout [UInt8]) {
        bytes.appendRaw("event: ")
        bytes.appendRaw(type)
        bytes.appendRaw("\ndata: {")
    }

    private mutating func close(
        _ type: StaticString,
        to bytes: inout [UInt8],
        appendTail: (inout [UInt8]) -> Void = { _ in }
    ) {
        bytes.appendRaw(",\"sequence_number\":")
        bytes.appendJSON(sequence)
        bytes.appendRaw(",\"type\":\"")
        bytes.appendRaw(type)
        bytes.appendRaw("\"")
        appendTail(&bytes)
        bytes.appendRaw("}\n\n")
        sequence += 1
    }

    private mutating func append(_ type: StaticString, _ response: ResponseObject, to bytes: inout [UInt8]) {
        open(type, to: &bytes)
        bytes.appendRaw("\"response\":")
        response.appendBody(to: &bytes)
        close(type, to: &bytes)
    }

    private mutating func appendItem(_ type: StaticString, status: String, to bytes: inout [UInt8]) {
        open(type, to: &bytes)
        bytes.appendRaw("\"item\":")
        items[items.count - 1].append(status: status, to: &bytes)
        bytes.appendRaw(",\"output_index\":")
        bytes.appendJSON(items.count - 1)
        close(type, to: &bytes)
    }

    /// Appends an event of the item's one part.
    private mutating func appendPart(
        _ type: StaticString,
        to bytes: inout [UInt8],
        appendContent: (inout [UInt8]) -> Void
    ) {
        open(type, to: &bytes)
        bytes.appendRaw("\"content_index\":0")
        appendPlace(to: &bytes)
        bytes.appendRaw(",\"part\":")
        appendContent(&bytes)
        close(type, to: &bytes)
    }

    /// Appends an event of the part's whole text.
    private mutating func appendWhole(
        _ type: StaticString,
        _ text: String,
        logprobs: [PositionLogprobs]?,
        to bytes: inout [UInt8]
    ) {
        open(type, to: &bytes)
        bytes.appendRaw("\"content_index\":0,\"item_id\":")
        bytes.appendJSON(items.last?.id)
        if let logprobs {
            bytes.appendRaw(",\"logprobs\":")
            bytes.appendResponseLogprobs(logprobs)
        }
        bytes.appendRaw(",\"output_index\":")
        bytes.appendJSON(items.count - 1)
        bytes.appendRaw(",\"sequence_number\":")
        bytes.appendJSON(sequence)
        bytes.appendRaw(",\"text\":")
        bytes.appendJSON(text)
        bytes.appendRaw(",\"type\":\"")
        bytes.appendRaw(type)
        bytes.appendRaw("\"}\n\n")
        sequence += 1
    }

    private mutating func appendDelta(
        _ type: StaticString,
        _ text: String,
        logprobs: [PositionLogprobs]? = nil,
        to bytes: inout [UInt8]
    ) {
        open(type, to: &bytes)
        var isCall = false
        if case .functionCall? = items.last?.content { isCall = true }
        bytes.appendRaw(isCall ? "\"delta\":" : "\"content_index\":0,\"delta\":")
        bytes.appendJSON(text)
        bytes.appendRaw(",\"item_id\":")
        bytes.appendJSON(items.last?.id)
        if let logprobs {
            bytes.appendRaw(",\"logprobs\":")
            bytes.appendResponseLogprobs(logprobs)
        }
        bytes.appendRaw(",\"output_index\":")
        bytes.appendJSON(items.count - 1)
        close(type, to: &bytes)
    }

    private func appendPlace(to bytes: inout [UInt8]) {
        bytes.appendRaw(",\"item_id\":")
        bytes.appendJSON(items.last?.id)
        bytes.appendRaw(",\"output_index\":")
        bytes.appendJSON(items.count - 1)
    }
}
