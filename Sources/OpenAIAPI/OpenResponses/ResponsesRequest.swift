import MartletJSON

/// The body of `POST /v1/responses`.
package struct ResponsesRequest: Sendable {
    /// The request in terms of chats; its messages are the instructions and the input.
    package internal(set) var chat = ChatCompletionRequest()
    /// What the model is told before the conversation; it does not become part of the stored conversation.
    package internal(set) var instructions: String?
    /// The input as messages.
    package internal(set) var input: [ChatMessage] = []
    /// The stored response whose conversation this one continues.
    package internal(set) var previousResponseID: String?
    /// Whether the response can be asked for later.
    package internal(set) var isStored = true
    /// Whether the answer is generated after the response has been sent.
    package internal(set) var isBackground = false
    /// What the response repeats of the request.
    package internal(set) var echo = ResponseEcho()

    private var include: [String] = []
    private var topLogprobs: Int?

    private static let optionFields = RequestOptions.fields(
        named: ["model", "stream", "request_id", "cache_salt", "priority", "include_reasoning", "user"]
    )

    private static let samplingFields =
        SamplingFields.fields(named: [
            "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "seed", "min_tokens", "stop",
            "stop_token_ids",
            "include_stop_str_in_output", "ignore_eos", "logit_bias", "allowed_token_ids", "bad_words",
            "skip_special_tokens", "spaces_between_special_tokens",
        ]) + [
            Field("presence_penalty", \.presencePenalty, .number(in: -2...2)),
            Field("frequency_penalty", \.frequencyPenalty, .number(in: -2...2)),
        ]

    private static let fields: [Field<ResponsesRequest>] = [
        Field("instructions", \.instructions, .string),
        Field("previous_response_id", \.previousResponseID, .string),
        Field("store", \.isStored, .boolean),
        Field("background", \.isBackground, .boolean),
        Field("include", \.include, .list(of: .literal(includable), \.maxContentParts)),
        Field("max_output_tokens", \.chat.maxCompletionTokens, .integer),
        Field("max_tool_calls", \.echo.maxToolCalls, .integer),
        Field("top_logprobs", \.topLogprobs, .integer),
        Field("parallel_tool_calls", \.chat.tools.allowsParallelCalls, .boolean),
        Field("metadata", \.echo.metadata, .textObject),
        Field("service_tier", \.echo.serviceTier, .literal(["auto", "default", "flex", "scale", "priority"])),
        Field("user", \.echo.user, .string),
        Field("chat_template_kwargs", \.chat.conversation.chatTemplateKwargs, .object),
        Field("truncation", \.echo.truncation, .literal(["auto", "disabled"])),
        Field("reasoning", \.reasoning, .object),
        .unused("prompt_cache_key", .string),
        .unused("safety_identifier", .string),
    ]

    private static let includable = [
        "code_interpreter_call.outputs", "computer_call_output.output.image_url", "file_search_call.results",
        "message.input_image.image_url", "message.output_text.logprobs", "reasoning.encrypted_content",
    ]

    /// The object of `reasoning`.
    private var reasoning: JSONObject {
        get { JSONObject() }
        set {
            let names = ["effort", "generate_summary", "summary"]
            echo.reasoning = .object(JSONObject(names.map { ($0, newValue[$0] ?? .null) }))
        }
    }

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema, cross-field and unsupported-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> ResponsesRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        try checkFields(of: object)
        try UnsupportedField.check(object, for: .responses)
        var reader = SchemaReader(limits: context.limits)
        var request = ResponsesRequest()
        request.chat.maxCompletionTokensField = "max_output_tokens"
        reader.read(optionFields, of: object, into: &request.chat.options)
        reader.read(samplingFields, of: object, into: &request.chat.sampling)
        reader.read(fields, of: object, into: &request)
        request.chat.conversation.reasoningEffort = effort(of: object, &reader)
        request.readInput(of: object, &reader)
        request.readTools(of: object, &reader)
        let output = try request.readOutput(of: object, &reader)
        try reader.finish()
        request.chat.output = try output.resolved() ?? request.chat.output
        try request.checkLogprobs(of: object)
        if let count = request.chat.maxCompletionTokens, count < 1 {
            throw .badRequest("max_output_tokens must be at least 1, got \(count).", param: "max_output_tokens")
        }
        try request.chat.tools.checkChoice()
        try request.chat.options.checkNames()
        try context.checkModel(request.chat.options.model)
        try request.chat.conversation.check(trustsTemplate: false, field: "input")
        return request
    }

    /// Checks what concerns several fields, on the raw values.
    private static func checkFields(of object: JSONObject) throws(APIError) {
        if PythonText.isTrue(object["background"]) {
            if let store = object["store"], !store.isNull, !PythonText.isTrue(store) {
                throw .badRequest("background can only be used when `store` is true.", param: "background")
            }
            if PythonText.isTrue(object["stream"]) {
                throw .badRequest("background and stream cannot be combined.", param: "background")
            }
        }
        try checkTools(of: object)
        try checkInput(of: object)
    }

    private static func effort(of object: JSONObject, _ reader: inout SchemaReader) -> String? {
        guard let reasoning = object["reasoning"]?.object else { return nil }
        let levels = Coercion<String>.literal(["none", "minimal", "low", "medium", "high", "xhigh", "max"])
        return reader.optional("effort", levels, of: reasoning, at: Location.body.child("reasoning"))
    }

    private mutating func checkLogprobs(of object: JSONObject) throws(APIError) {
        if let top = object["top_logprobs"], !top.isNull {
            chat.topLogprobs = try LogprobsField.count(top, "top_logprobs")
            echo.topLogprobs = chat.topLogprobs
        }
        chat.logprobs = include.contains("message.output_text.logprobs")
    }
}
