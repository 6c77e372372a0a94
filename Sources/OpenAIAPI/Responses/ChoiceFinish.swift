/// How a choice ended.
package struct ChoiceFinish: Sendable, Hashable {
    /// Why a choice ended, as clients read it.
    package enum Reason: String, Sendable, Hashable {
        /// An end token, a stop token or a stop string.
        case stop
        /// The most tokens asked for, or the end of the context.
        case length
        /// It repeated itself.
        case repetition
        /// Tool calls are to be answered.
        case toolCalls = "tool_calls"
        /// A call of a function is to be answered, as it was named before there were tools.
        case functionCall = "function_call"
        /// The server is stopping.
        case abort
    }

    /// What it was that stopped it, where that is not an end-of-sequence token.
    package enum StopReason: Sendable, Hashable {
        /// A stop string.
        case text(String)
        /// A stop token.
        case token(Int)
    }

    /// Why it ended.
    package var reason: Reason
    /// What stopped it.
    package var stopReason: StopReason?

    /// An end.
    package init(_ reason: Reason, stopReason: StopReason? = nil) {
        self.reason = reason
        self.stopReason = stopReason
    }
}

extension [UInt8] {
    /// Appends the stop string, the stop token's id, or `null`.
    mutating func appendStopReason(_ reason: ChoiceFinish.StopReason?) {
        switch reason {
        case .text(let text): appendJSON(text)
        case .token(let id): appendJSON(id)
        case nil: appendRaw("null")
        }
    }
}
