/// The whole answer of `POST /v1/chat/completions`.
package struct ChatCompletionResponse: Sendable {
    /// One choice.
    package struct Choice: Sendable {
        /// From 0.
        package var index: Int
        /// Who speaks.
        package var role = "assistant"
        /// The text; `nil` where there are only tool calls or reasoning.
        package var content: String?
        /// What the model thought before it spoke.
        package var reasoning: String?
        /// Calls of tools.
        package var toolCalls: [ToolCallOutput] = []
        /// The one call, for a request that names its tools `functions`.
        package var functionCall: ToolCallOutput?
        /// Log-probabilities by token, when asked for.
        package var logprobs: [PositionLogprobs]?
        /// How it ended.
        package var finish: ChoiceFinish
        /// The tokens, when asked for.
        package var tokenIDs: [Int]?

        /// A choice.
        package init(
            index: Int,
            content: String?,
            finish: ChoiceFinish,
            logprobs: [PositionLogprobs]? = nil,
            tokenIDs: [Int]? = nil
        ) {
            self.index = index
            self.content = content
            self.finish = finish
            self.logprobs = logprobs
            self.tokenIDs = tokenIDs
        }
    }

    /// Id, time, model.
    package var head: ResponseHead
    /// The choices in order.
    package var choices: [Choice]
    /// The tokens it took.
    package var usage: Usage
    /// The prompt's tokens, when asked for.
    package var promptTokenIDs: [Int]?
    /// The prompt's text, when asked for.
    package var promptText: String?
    /// How likely the prompt's tokens are, when asked for.
    package var promptLogprobs: PromptLogprobs?
    /// How long it took, where that is told.
    package var metrics: RequestMetrics?

    /// An answer.
    package init(
        head: ResponseHead,
        choices: [Choice],
        usage: Usage,
        promptTokenIDs: [Int]? = nil,
        promptText: String? = nil
    ) {
        self.head = head
        self.choices = choices
        self.usage = usage
        self.promptTokenIDs = promptTokenIDs
        self.promptText = promptText
    }

    /// The body: compact JSON with vLLM's members in vLLM's order.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendHead(head, object: "chat.completion")
        bytes.appendArray(choices) { $1.appendChoice($0) }
        bytes.appendRaw(",\"service_tier\":null,\"system_fingerprint\":")
        bytes.appendJSON(head.systemFingerprint)
        bytes.appendRaw(",\"usage\":")
        bytes.appendUsage(usage, .whole)
        bytes.appendRaw(",\"prompt_logprobs\":")
        bytes.appendPromptLogprobs(promptLogprobs)
        bytes.appendRaw(",\"prompt_token_ids\":")
        bytes.appendJSON(promptTokenIDs)
        bytes.appendRaw(",\"prompt_text\":")
        bytes.appendJSON(promptText)
        bytes.appendRaw(",\"kv_transfer_params\":null,\"ec_transfer_params\":null")
        bytes.appendMetrics(metrics)
        bytes.appendRaw("}")
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func appendChoice(_ choice: ChatCompletionResponse.Choice) {
        appendRaw("{\"index\":")
        appendJSON(choice.index)
        appendRaw(",\"message\":{\"role\":")
        appendJSON(choice.role)
        appendRaw(",\"content\":")
        appendJSON(choice.content)
        appendRaw(",\"refusal\":null,\"annotations\":null,\"audio\":null,\"function_call\":")
        if let call = choice.functionCall { appendFunction(call) } else { appendRaw("null") }
        if !choice.toolCalls.isEmpty {
            appendRaw(",\"tool_calls\":")
            appendArray(choice.toolCalls) { $1.appendToolCall($0) }
        }
        appendRaw(",\"reasoning\":")
        appendJSON(choice.reasoning)
        appendRaw("},\"logprobs\":")
        appendChatLogprobs(choice.logprobs)
        appendRaw(",\"finish_reason\":")
        appendJSON(choice.finish.reason.rawValue)
        appendRaw(",\"stop_reason\":")
        appendStopReason(choice.finish.stopReason)
        appendRaw(",\"token_ids\":")
        appendJSON(choice.tokenIDs)
        appendRaw(",\"routed_experts\":null}")
    }
}
