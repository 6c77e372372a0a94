/// Writes the events of a streamed completion.
///
/// What all events of a request have in common is made once; an event is then a few appended pieces. The last event of
/// a choice carries its end; then comes the usage where asked for, then `ServerSentEvents.done`.
package struct CompletionChunkWriter: Sendable {
    /// What one event adds to a choice.
    package struct Delta: Sendable {
        /// The choice, from 0; choices of the first prompt come before those of the second.
        package var choice: Int
        /// The text, possibly empty.
        package var text: String
        /// Log-probabilities of the event's tokens, when asked for.
        package var logprobs: CompletionLogprobs?
        /// The prompt's tokens, in the first event of a choice, when asked for.
        package var promptTokenIDs: [Int]?
        /// The tokens, when asked for.
        package var tokenIDs: [Int]?
        /// Set with the choice's last event, which carries the last text too.
        package var finish: ChoiceFinish?

        /// A delta.
        package init(
            choice: Int,
            text: String,
            logprobs: CompletionLogprobs? = nil,
            promptTokenIDs: [Int]? = nil,
            tokenIDs: [Int]? = nil,
            finish: ChoiceFinish? = nil
        ) {
            self.choice = choice
            self.text = text
            self.logprobs = logprobs
            self.promptTokenIDs = promptTokenIDs
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
        prefix.appendHead(head, object: "text_completion")
        self.prefix = prefix
        fingerprint = [UInt8].fingerprint(head)
        self.options = options
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
        bytes.appendRaw(",\"text\":")
        bytes.appendJSON(delta.text)
        bytes.appendRaw(",\"logprobs\":")
        bytes.appendCompletionLogprobs(delta.logprobs)
        bytes.appendRaw(",\"finish_reason\":")
        bytes.appendJSON(delta.finish?.reason.rawValue)
        bytes.appendRaw(",\"stop_reason\":")
        bytes.appendStopReason(delta.finish?.stopReason)
        bytes.appendRaw(",\"prompt_token_ids\":")
        bytes.appendJSON(delta.promptTokenIDs)
        bytes.appendRaw(",\"token_ids\":")
        bytes.appendJSON(delta.tokenIDs)
        bytes.appendRaw("}]")
        bytes.appendChunkUsage(usage, options, .brief)
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
