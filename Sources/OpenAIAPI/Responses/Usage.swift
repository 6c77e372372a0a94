/// The tokens that a request took.
package struct Usage: Sendable, Hashable {
    /// Tokens of the prompts, each prompt once.
    package var promptTokens: Int
    /// Tokens of all completions, end and stop tokens included.
    package var completionTokens: Int
    /// Prompt tokens found in the prefix cache; told only where the server is asked to.
    package var cachedTokens: Int?

    /// A usage.
    package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cachedTokens = cachedTokens
    }

    /// Which members stand beside the three counts.
    enum Form {
        /// Both `…_details`, `null` where there is nothing to tell: whole responses.
        case whole
        /// Only details that tell something: the last chunk of a stream, and chunks of completions.
        case brief
        /// As `brief`, with `completion_tokens_details`: chunks of chats.
        case chatChunk
    }
}

extension [UInt8] {
    /// Appends the usage object.
    mutating func appendUsage(_ usage: Usage, _ form: Usage.Form) {
        appendRaw("{\"prompt_tokens\":")
        appendJSON(usage.promptTokens)
        appendRaw(",\"total_tokens\":")
        appendJSON(usage.promptTokens + usage.completionTokens)
        appendRaw(",\"completion_tokens\":")
        appendJSON(usage.completionTokens)
        if let cached = usage.cachedTokens {
            appendRaw(",\"prompt_tokens_details\":{\"cached_tokens\":")
            appendJSON(cached)
            appendRaw("}")
        } else if form == .whole {
            appendRaw(",\"prompt_tokens_details\":null")
        }
        if form != .brief { appendRaw(",\"completion_tokens_details\":null") }
        appendRaw("}")
    }
}
