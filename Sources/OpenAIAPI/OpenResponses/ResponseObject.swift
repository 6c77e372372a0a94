package import MartletJSON

/// What a response repeats of its request.
package struct ResponseEcho: Sendable, Hashable {
    /// See the request's field.
    package var instructions: String?
    /// An object of texts.
    package var metadata: JSONValue?
    /// See the request's field.
    package var parallelToolCalls = true
    /// A word, or the object that names a function.
    package var toolChoice: JSONValue = "none"
    /// The tools with all members.
    package var tools: [JSONValue] = []
    /// See the request's field.
    package var maxToolCalls: Int?
    /// The object of `reasoning`.
    package var reasoning: JSONValue?
    /// See the request's field.
    package var serviceTier = "auto"
    /// The object of `text`.
    package var text: JSONValue?
    /// See the request's field.
    package var topLogprobs: Int?
    /// See the request's field.
    package var truncation = "disabled"
    /// See the request's field.
    package var user: String?
    /// As resolved with the model's defaults.
    package var temperature = 1.0
    /// As resolved with the model's defaults.
    package var topP = 1.0
    /// As resolved with the model's defaults.
    package var presencePenalty = 0.0
    /// As resolved with the model's defaults.
    package var frequencyPenalty = 0.0
    /// The most tokens that are generated.
    package var maxOutputTokens = 0
    /// The response whose conversation was continued.
    package var previousResponseID: String?
    /// Whether it is generated in the background.
    package var isBackground = false

    /// Nothing said.
    package init() {}
}

/// A response of `POST /v1/responses`.
package struct ResponseObject: Sendable {
    /// How far it is.
    package enum Status: String, Sendable {
        /// Waits, in the background.
        case queued
        /// Is generated.
        case inProgress = "in_progress"
        /// Is whole.
        case completed
        /// Was cut by the limit of tokens.
        case incomplete
        /// Was cut by a request to cancel, or by the end of the server.
        case cancelled
        /// The server failed.
        case failed
    }

    /// `resp_…`.
    package var id: String
    /// When the request came, in seconds of Unix time.
    package var created: Int
    /// The model's served name.
    package var model: String
    /// What it repeats of the request.
    package var echo: ResponseEcho
    /// How far it is.
    package var status = Status.inProgress
    /// What was generated.
    package var output: [ResponseItem] = []
    /// The tokens it took; `nil` before the end.
    package var usage: Usage?

    /// A response that has just begun.
    package init(id: String, created: Int, model: String, echo: ResponseEcho) {
        self.id = id
        self.created = created
        self.model = model
        self.echo = echo
    }

    /// The body: compact JSON with vLLM's members in vLLM's order.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        appendBody(to: &bytes)
        return bytes
    }

    /// Appends the body.
    func appendBody(to bytes: inout [UInt8]) {
        bytes.appendRaw("{\"id\":")
        bytes.appendJSON(id)
        bytes.appendRaw(",\"created_at\":")
        bytes.appendJSON(created)
        bytes.appendRaw(",\"incomplete_details\":")
        bytes.appendRaw(status == .incomplete ? "{\"reason\":\"max_output_tokens\"}" : "null")
        bytes.appendRaw(",\"instructions\":")
        bytes.appendJSON(echo.instructions)
        bytes.appendRaw(",\"metadata\":")
        bytes.appendValue(echo.metadata)
        bytes.appendRaw(",\"model\":")
        bytes.appendJSON(model)
        bytes.appendRaw(",\"object\":\"response\",\"output\":")
        bytes.appendArray(output) { $0.append(status: nil, to: &$1) }
        appendChoices(to: &bytes)
        bytes.appendRaw(",\"service_tier\":")
        bytes.appendJSON(echo.serviceTier)
        bytes.appendRaw(",\"status\":")
        bytes.appendJSON(status.rawValue)
        bytes.appendRaw(",\"text\":")
        bytes.appendValue(echo.text)
        bytes.appendRaw(",\"top_logprobs\":")
        bytes.appendJSON(echo.topLogprobs)
        bytes.appendRaw(",\"truncation\":")
        bytes.appendJSON(echo.truncation)
        bytes.appendRaw(",\"usage\":")
        if let usage { bytes.appendResponseUsage(usage) } else { bytes.appendRaw("null") }
        bytes.appendRaw(",\"user\":")
        bytes.appendJSON(echo.user)
        bytes.appendRaw(",\"presence_penalty\":")
        bytes.append(contentsOf: PythonText.float(echo.presencePenalty).utf8)
        bytes.appendRaw(",\"frequency_penalty\":")
        bytes.append(contentsOf: PythonText.float(echo.frequencyPenalty).utf8)
        bytes.appendRaw(
            ",\"kv_transfer_params\":null,\"ec_transfer_params\":null,\"input_messages\":null,\"output_messages\":null}"
        )
    }

    private func appendChoices(to bytes: inout [UInt8]) {
        bytes.appendRaw(",\"parallel_tool_calls\":")
        bytes.appendJSON(echo.parallelToolCalls)
        bytes.appendRaw(",\"temperature\":")
        bytes.append(contentsOf: PythonText.float(echo.temperature).utf8)
        bytes.appendRaw(",\"tool_choice\":")
        bytes.appendValue(echo.toolChoice)
        bytes.appendRaw(",\"tools\":")
        bytes.appendValue(.array(echo.tools))
        bytes.appendRaw(",\"top_p\":")
        bytes.append(contentsOf: PythonText.float(echo.topP).utf8)
        bytes.appendRaw(",\"background\":")
        bytes.appendJSON(echo.isBackground)
        bytes.appendRaw(",\"max_output_tokens\":")
        bytes.appendJSON(echo.maxOutputTokens)
        bytes.appendRaw(",\"max_tool_calls\":")
        bytes.appendJSON(echo.maxToolCalls)
        bytes.appendRaw(",\"previous_response_id\":")
        bytes.appendJSON(echo.previousResponseID)
        bytes.appendRaw(",\"prompt\":null,\"reasoning\":")
        bytes.appendValue(echo.reasoning)
    }
}

/// The answer to a request to delete a response.
package struct DeletedResponse: Sendable {
    private let id: String

    /// The answer for a response that is gone.
    package init(id: String) { self.id = id }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRaw("{\"id\":")
        bytes.appendJSON(id)
        bytes.appendRaw(",\"object\":\"response\",\"deleted\":true}")
        return bytes
    }
}

extension [UInt8] {
    /// Appends a JSON value; `nil` is `null`.
    mutating func appendValue(_ value: JSONValue?) { (value ?? .null).appendSerialized(to: &self) }

    /// Appends the usage as responses have it.
    fileprivate mutating func appendResponseUsage(_ usage: Usage) {
        appendRaw("{\"input_tokens\":")
        appendJSON(usage.promptTokens)
        appendRaw(",\"input_tokens_details\":{\"cached_tokens\":")
        appendJSON(usage.cachedTokens ?? 0)
        appendRaw(",\"cache_write_tokens\":0,\"input_tokens_per_turn\":[],\"cached_tokens_per_turn\":[]}")
        appendRaw(",\"output_tokens\":")
        appendJSON(usage.completionTokens)
        appendRaw(",\"output_tokens_details\":{\"reasoning_tokens\":")
        appendJSON(usage.reasoningTokens ?? 0)
        appendRaw(",\"tool_output_tokens\":0,\"output_tokens_per_turn\":[],\"tool_output_tokens_per_turn\":[]}")
        appendRaw(",\"total_tokens\":")
        appendJSON(usage.promptTokens + usage.completionTokens)
        appendRaw("}")
    }
}
