package import MartletJSON

/// How one family of models marks its reasoning: a description that parsing and streaming are derived from.
package struct ReasoningFormat: Sendable {
    /// Where a text is when nothing says otherwise.
    enum Start: Sendable, Hashable {
        /// In the reasoning: the prompt opens it.
        case reasoning
        /// In the answer: a marker opens the reasoning.
        case content
    }

    /// The name of the format and its aliases, as in `--reasoning-parser`.
    package let names: [String]
    /// Texts that open the reasoning; dropped.
    let starts: [String]
    /// Texts that end it; dropped.
    let ends: [String]
    /// Texts that end it and belong to what follows.
    var implicitEnds: [String] = []
    /// What may follow an opening text and is dropped.
    var label = ""
    var start = Start.reasoning
    /// Whether thinking is off unless the request switches it on.
    var isOffByDefault = false
    /// Whether the request can switch thinking off; off means that all text is the answer.
    var hasSwitch = false
    /// Whether messages come in channels, which `ChannelParser` reads.
    var usesChannels = false
    /// Says from the text of a chat template whether its model writes reasoning this way.
    var isWritten: @Sendable (_ template: String) -> Bool = { _ in false }

    /// Whether text is reasoning until a marker ends it, when the prompt does not say.
    package var startsInReasoning: Bool { start == .reasoning && !usesChannels }

    /// The text that opens the reasoning; `nil` where messages have channels.
    package var openingMarker: String? { usesChannels ? nil : starts.first }

    /// Whether the answer is a message of its own, which a marker begins.
    package var usesAnswerChannel: Bool { usesChannels }

    /// The text behind which the answer begins.
    package var answerMarker: String { usesChannels ? "<|channel|>final<|message|>" : ends.first ?? "" }

    /// The special tokens, should the vocabulary have them as such, whose text must be kept for parsing.
    package var markers: [String] { usesChannels ? ChannelParser.markers : starts + ends + implicitEnds }
}

/// What a prompt says about the reasoning of the answer to it.
package enum ReasoningState: Sendable, Hashable {
    /// The prompt ends inside the reasoning.
    case open
    /// The prompt ends behind the reasoning.
    case closed
    /// The prompt leaves it to the model.
    case undecided
}

extension ReasoningFormat {
    /// What the end of a prompt says about the reasoning.
    ///
    /// - Parameter promptEnd: the last text of the prompt; a hundred characters are enough.
    /// - Returns: whether it leaves the reasoning open, has closed it, or neither.
    package func state(promptEnd: String) -> ReasoningState {
        let end = promptEnd.trimmingBlanks
        let label = label.trimmingBlanks
        let opens = starts.contains { start in
            end.hasSuffix(start.trimmingBlanks) || !label.isEmpty && end.hasSuffix(start.trimmingBlanks + label)
        }
        if opens { return .open }
        return ends.contains { end.hasSuffix($0.trimmingBlanks) } ? .closed : .undecided
    }

    /// Whether the model thinks, as the arguments of the chat template have it.
    ///
    /// - Parameter templateArguments: the request's `chat_template_kwargs`, with what other fields of it amount to.
    /// - Returns: whether reasoning is to be expected at all.
    package func isThinking(templateArguments: JSONValue) -> Bool {
        guard hasSwitch else { return true }
        let switches = ["thinking", "enable_thinking"].compactMap { templateArguments[$0]?.bool }
        return isOffByDefault ? switches.contains(true) : !switches.contains(false)
    }
}
