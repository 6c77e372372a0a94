/// Writes the events of a streamed chat answer.
///
/// What all events of a request have in common is made once; an event is then a few appended pieces. The order for each
/// choice is role, content, finish; then the usage where asked for, then `ServerSentEvents.done`.
package struct ChatCompletionChunkWriter: Sendable {
    /// What one event adds to a choice.
    package struct Delta: Sendable {
        /// The choice, from 0.
        package var choice: Int
        /// The text; `nil` leaves the member out.
        package var content: String?
        /// What the model thinks; `nil` leaves the member out.
        package var reasoning: String?
        /// What it adds to tool calls.
        package var toolCalls: [ToolCallDelta] = []
        /// Log-probabilities by token, when asked for.
        package var logprobs: [PositionLogprobs]?
        /// The tokens, when asked for.
        package var tokenIDs: [Int]?
        /// Set with the choice's last event, which carries the last text too.
        package var finish: ChoiceFinish?

        /// A delta.
        package init(
            choice: Int,
            content: String?,
            logprobs: [PositionLogprobs]? = nil,
            tokenIDs: [Int]? = nil,
            finish: ChoiceFinish? = nil
        ) {
            self.choice = choice
            self.content = content
            self.logprobs = logprobs
            self.tokenIDs = tokenIDs
            self.finish = finish
        }
    }

    private let prefix: [UInt8]
    private let fingerprint: [UInt8]
    private let options: StreamOptions

    /// A writer for one request.
    package init(head: ResponseHead, options: StreamOptions) {
        var prefix = Array("data: ".utf8)
        prefix.appendHead(head, object: "chat.completion.chunk")
        self.prefix = prefix
        fingerprint = [UInt8].fingerprint(head)
        self.options = options
    }

    /// Appends the first event of a choice.
    ///
    /// - Parameters:
    ///   - choice: from 0.
    ///   - promptTokenIDs: the prompt's tokens, when asked for.
    ///   - promptText: the prompt's text, when asked for.
    ///   - usage: so far; written where every event tells it.
    ///   - bytes: what the event is appended to.
    package func appendRole(
        choice: Int,
        promptTokenIDs: [Int]?,
        promptText: String?,
        usage: Usage,
        to bytes: inout [UInt8]
    ) {
        bytes += prefix
        bytes.appendRaw("[{\"index\":")
        bytes.appendJSON(choice)
        bytes.appendRaw(
            ",\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]"
        )
        bytes.appendChunkUsage(usage, options, .chatChunk)
        bytes.appendRaw(",\"prompt_token_ids\":")
        bytes.appendJSON(promptTokenIDs)
        bytes.appendRaw(",\"prompt_text\":")
        bytes.appendJSON(promptText)
        bytes.appendRaw("}\n\n")
    }

    /// Appends an event of text.
    ///
    /// - Parameters:
    ///   - delta: what it adds.
    ///   - usage: so far, this event's tokens included; written where every event tells it.
    ///   - bytes: what the event is appended to.
    package func append(_ delta: Delta, usage: Usage, to bytes: inout [UInt8]) {
        bytes += prefix
        bytes.appendRaw("[{\"index\":")
        bytes.appendJSON(delta.choice)
        bytes.appendRaw(",\"delta\":{")
        if let reasoning = delta.reasoning {
            bytes.appendRaw("\"reasoning\":")
            bytes.appendJSON(reasoning)
        }
        if let content = delta.content {
            bytes.appendRaw(delta.reasoning == nil ? "\"content\":" : ",\"content\":")
            bytes.appendJSON(content)
        }
        if !delta.toolCalls.isEmpty { bytes.appendToolCalls(of: delta) }
        bytes.appendRaw("},\"logprobs\":")
        bytes.appendChatLogprobs(delta.logprobs)
        bytes.appendRaw(",\"finish_reason\":")
        bytes.appendJSON(delta.finish?.reason.rawValue)
        if let finish = delta.finish {
            bytes.appendRaw(",\"stop_reason\":")
            bytes.appendStopReason(finish.stopReason)
        }
        bytes.appendRaw(",\"token_ids\":")
        bytes.appendJSON(delta.tokenIDs)
        bytes.appendRaw("}]")
        bytes.appendChunkUsage(usage, options, .chatChunk)
        if delta.finish != nil, !options.includeUsage { bytes += fingerprint }
        bytes.appendRaw("}\n\n")
    }

    /// Appends the usage event, where it is asked for; how long the request took goes with it.
    package func appendUsage(_ usage: Usage, metrics: RequestMetrics? = nil, to bytes: inout [UInt8]) {
        guard options.includeUsage else { return }
        bytes += prefix
        bytes.appendRaw("[],\"usage\":")
        bytes.appendUsage(usage, .brief)
        bytes += fingerprint
        bytes.appendChunkMetrics(metrics)
        bytes.appendRaw("}\n\n")
    }
}

extension [UInt8] {
    /// Appends `tool_calls`; where there is no content, it is `null` beside them.
    fileprivate mutating func appendToolCalls(of delta: ChatCompletionChunkWriter.Delta) {
        if delta.reasoning != nil || delta.content != nil { appendRaw(",") }
        if delta.content == nil { appendRaw("\"content\":null,") }
        appendRaw("\"tool_calls\":")
        appendArray(delta.toolCalls) { $1.appendToolCall($0) }
    }

    /// `,"system_fingerprint":"…"`, or nothing where there is none.
    static func fingerprint(_ head: ResponseHead) -> [UInt8] {
        var bytes: [UInt8] = []
        if let fingerprint = head.systemFingerprint {
            bytes.appendRaw(",\"system_fingerprint\":")
            bytes.appendJSON(fingerprint)
        }
        return bytes
    }

    /// Appends the `usage` member of an event before the usage event: the usage so far, `null`, or no member.
    mutating func appendChunkUsage(_ usage: Usage, _ options: StreamOptions, _ form: Usage.Form) {
        guard options.includeUsage else { return }
        appendRaw(",\"usage\":")
        if options.continuousUsage { appendUsage(usage, form) } else { appendRaw("null") }
    }
}
