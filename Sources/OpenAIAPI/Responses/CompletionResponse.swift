/// The whole answer of `POST /v1/completions`.
package struct CompletionResponse: Sendable {
    /// One choice.
    package struct Choice: Sendable {
        /// From 0; choices of the first prompt come before those of the second.
        package var index: Int
        /// The text, after the prompt's where the request asks for an echo.
        package var text: String
        /// Log-probabilities, when asked for.
        package var logprobs: CompletionLogprobs?
        /// How it ended.
        package var finish: ChoiceFinish
        /// The tokens, when asked for.
        package var tokenIDs: [Int]?
        /// The prompt's tokens, when asked for.
        package var promptTokenIDs: [Int]?
        /// How likely they are, when asked for.
        package var promptLogprobs: PromptLogprobs?

        /// A choice.
        package init(
            index: Int,
            text: String,
            finish: ChoiceFinish,
            logprobs: CompletionLogprobs? = nil,
            tokenIDs: [Int]? = nil,
            promptTokenIDs: [Int]? = nil
        ) {
            self.index = index
            self.text = text
            self.finish = finish
            self.logprobs = logprobs
            self.tokenIDs = tokenIDs
            self.promptTokenIDs = promptTokenIDs
        }
    }

    /// Id, time, model.
    package var head: ResponseHead
    /// The choices in order.
    package var choices: [Choice]
    /// The tokens it took.
    package var usage: Usage
    /// How long it took, where that is told.
    package var metrics: RequestMetrics?

    /// An answer.
    package init(head: ResponseHead, choices: [Choice], usage: Usage) {
        self.head = head
        self.choices = choices
        self.usage = usage
    }

    /// The body: compact JSON with vLLM's members in vLLM's order.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendHead(head, object: "text_completion")
        bytes.appendArray(choices) { $1.appendChoice($0) }
        bytes.appendRaw(",\"service_tier\":null,\"system_fingerprint\":")
        bytes.appendJSON(head.systemFingerprint)
        bytes.appendRaw(",\"usage\":")
        bytes.appendUsage(usage, .whole)
        bytes.appendRaw(",\"kv_transfer_params\":null,\"ec_transfer_params\":null")
        bytes.appendMetrics(metrics)
        bytes.appendRaw("}")
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func appendChoice(_ choice: CompletionResponse.Choice) {
        appendRaw("{\"index\":")
        appendJSON(choice.index)
        appendRaw(",\"text\":")
        appendJSON(choice.text)
        appendRaw(",\"logprobs\":")
        appendCompletionLogprobs(choice.logprobs)
        appendRaw(",\"finish_reason\":")
        appendJSON(choice.finish.reason.rawValue)
        appendRaw(",\"stop_reason\":")
        appendStopReason(choice.finish.stopReason)
        appendRaw(",\"token_ids\":")
        appendJSON(choice.tokenIDs)
        appendRaw(",\"prompt_logprobs\":")
        appendPromptLogprobs(choice.promptLogprobs)
        appendRaw(",\"prompt_token_ids\":")
        appendJSON(choice.promptTokenIDs)
        appendRaw(",\"routed_experts\":null}")
    }
}
