/// The tokens that a request took.
package struct Usage: Sendable, Hashable {
    /// Where prompt tokens came from.
    package struct PromptDetails: Sendable, Hashable {
        /// Found in the prefix cache.
        package var cachedTokens: Int
        /// Put into the prefix cache; `nil` where that is not counted.
        package var createdCacheTokens: Int?

        /// Details.
        package init(cachedTokens: Int, createdCacheTokens: Int? = nil) {
            self.cachedTokens = cachedTokens
            self.createdCacheTokens = createdCacheTokens
        }
    }

    /// Tokens of the prompts, each prompt once.
    package var promptTokens: Int
    /// Tokens of all completions, end and stop tokens included.
    package var completionTokens: Int
    /// Where the prompt's tokens came from; told only where the server is asked to.
    package var promptDetails: PromptDetails?
    /// Tokens of the completions that were reasoning; `nil` without a reasoning parser.
    package var reasoningTokens: Int?

    /// A usage.
    ///
    /// - Parameters:
    ///   - promptTokens: tokens of the prompts.
    ///   - completionTokens: tokens of the completions.
    ///   - cachedTokens: prompt tokens found in the prefix cache, where that is told.
    package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cachedTokens = cachedTokens
    }

    /// Prompt tokens found in the prefix cache; `nil` leaves all details of the prompt out.
    package var cachedTokens: Int? {
        get { promptDetails?.cachedTokens }
        set { promptDetails = newValue.map { PromptDetails(cachedTokens: $0) } }
    }

    /// Which members stand beside the three counts.
    enum Form {
        /// Both `…_details`, `null` where there is nothing to tell: whole responses.
        case whole
        /// Only what there is to tell: the last chunk of a stream, and chunks of completions.
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
        if let details = usage.promptDetails {
            appendPromptDetails(details, isWhole: form == .whole)
        } else if form == .whole {
            appendRaw(",\"prompt_tokens_details\":null")
        }
        if let reasoning = usage.reasoningTokens {
            appendRaw(",\"completion_tokens_details\":{\"reasoning_tokens\":")
            appendJSON(reasoning)
            appendRaw("}")
        } else if form != .brief {
            appendRaw(",\"completion_tokens_details\":null")
        }
        appendRaw("}")
    }

    private mutating func appendPromptDetails(_ details: Usage.PromptDetails, isWhole: Bool) {
        appendRaw(",\"prompt_tokens_details\":{\"cached_tokens\":")
        appendJSON(details.cachedTokens)
        if isWhole || details.createdCacheTokens != nil {
            appendRaw(",\"created_cache_tokens\":")
            appendJSON(details.createdCacheTokens)
        }
        if isWhole { appendRaw(",\"multimodal_tokens\":null") }
        appendRaw("}")
    }
}
