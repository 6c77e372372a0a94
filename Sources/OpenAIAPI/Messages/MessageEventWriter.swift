/// Gathers the blocks of an answer to `POST /v1/messages` and writes the events of its stream.
///
/// A block is announced, grows by deltas and is closed when the next one begins. An answer that is not streamed is
/// gathered in the same way; its events are dropped.
package struct MessageEventWriter: Sendable {
    /// The blocks, the last one perhaps unfinished.
    package private(set) var blocks: [MessageBlock] = []
    private let makeSignature: @Sendable () -> String
    private var isOpen = false

    /// A writer for one answer.
    ///
    /// - Parameter makeSignature: makes what stands in for the signature of a block of thinking.
    package init(makeSignature: @escaping @Sendable () -> String) { self.makeSignature = makeSignature }

    /// Whether the answer calls tools.
    package var hasCalls: Bool { blocks.contains { if case .toolUse = $0 { true } else { false } } }

    /// Appends the event that opens the stream.
    package func begin(_ head: ResponseHead, usage: Usage, to bytes: inout [UInt8]) {
        bytes.appendRaw("event: message_start\ndata: {\"type\":\"message_start\",\"message\":")
        bytes.appendMessageHead(head)
        bytes.appendRaw(",\"content\":[],\"model\":")
        bytes.appendJSON(head.model)
        bytes.appendRaw(",\"stop_reason\":null,\"stop_sequence\":null,\"usage\":")
        bytes.appendMessageUsage(usage)
        bytes.appendRaw("}}\n\n")
    }

    /// Appends the events that end the stream; the last block must have been ended.
    package func end(_ stop: MessageStop, usage: Usage, to bytes: inout [UInt8]) {
        bytes.appendRaw("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":")
        bytes.appendJSON(stop.reason)
        bytes.appendRaw(",\"stop_sequence\":")
        bytes.appendJSON(stop.sequence)
        bytes.appendRaw("},\"usage\":")
        bytes.appendMessageUsage(usage)
        bytes.appendRaw("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }

    /// Appends the event of a failure.
    package func fail(_ error: APIError, to bytes: inout [UInt8]) {
        bytes.appendRaw("event: error\ndata: ")
        error.appendMessageBody(to: &bytes)
        bytes.appendRaw("\n\n")
    }

    /// Takes in a part of the answer and appends its events.
    package mutating func append(_ part: AnswerPart, to bytes: inout [UInt8]) {
        switch part {
        case .reasoning(let text):
            if text.utf8.isEmpty { return }
            if isOpen, case .thinking(let before, let signature)? = blocks.last {
                blocks[blocks.count - 1] = .thinking(before + text, signature: signature)
            } else {
                add(.thinking(text, signature: makeSignature()), to: &bytes)
            }
            appendDelta("\"thinking_delta\",\"thinking\":", text, to: &bytes)
        case .text(let text, _):
            if text.utf8.isEmpty { return }
            if isOpen, case .text(let before)? = blocks.last {
                blocks[blocks.count - 1] = .text(before + text)
            } else {
                add(.text(text), to: &bytes)
            }
            appendDelta("\"text_delta\",\"text\":", text, to: &bytes)
        case .callBegin(let id, let name):
            add(.toolUse(id: id, name: name, arguments: ""), to: &bytes)
        case .callArguments(let text):
            guard isOpen, case .toolUse(let id, let name, let before)? = blocks.last else { return }
            blocks[blocks.count - 1] = .toolUse(id: id, name: name, arguments: before + text)
            if !text.utf8.isEmpty { appendDelta("\"input_json_delta\",\"partial_json\":", text, to: &bytes) }
        case .callEnd: endBlock(to: &bytes)
        }
    }

    /// Ends the block that grows, if there is one.
    package mutating func endBlock(to bytes: inout [UInt8]) {
        guard isOpen else { return }
        isOpen = false
        if case .thinking(_, let signature)? = blocks.last {
            appendDelta("\"signature_delta\",\"signature\":", signature, to: &bytes)
        }
        bytes.appendRaw("event: content_block_stop\ndata: {\"type\":\"content_block_stop\"")
        appendIndex(to: &bytes)
    }

    private mutating func add(_ block: MessageBlock, to bytes: inout [UInt8]) {
        endBlock(to: &bytes)
        blocks.append(block)
        isOpen = true
        bytes.appendRaw("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"content_block\":")
        switch block {
        case .thinking: bytes.appendRaw("{\"type\":\"thinking\",\"thinking\":\"\"}")
        case .text: bytes.appendRaw("{\"type\":\"text\",\"text\":\"\"}")
        case .toolUse(let id, let name, _):
            bytes.appendRaw("{\"type\":\"tool_use\",\"id\":")
            bytes.appendJSON(id)
            bytes.appendRaw(",\"name\":")
            bytes.appendJSON(name)
            bytes.appendRaw(",\"input\":{}}")
        }
        appendIndex(to: &bytes)
    }

    private func appendDelta(_ head: StaticString, _ text: String, to bytes: inout [UInt8]) {
        bytes.appendRaw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":")
        bytes.appendRaw(head)
        bytes.appendJSON(text)
        bytes.appendRaw("}")
        appendIndex(to: &bytes)
    }

    private func appendIndex(to bytes: inout [UInt8]) {
        bytes.appendRaw(",\"index\":")
        bytes.appendJSON(blocks.count - 1)
        bytes.appendRaw("}\n\n")
    }
}
