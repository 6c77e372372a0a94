import MartletJSON

/// The body of `POST /v1/chat/completions`.
package struct ChatCompletionRequest: Sendable {
    /// Model, streaming, ids.
    package var options = RequestOptions()
    /// What the prompt is made of.
    package var conversation = Conversation()
    /// How tokens are chosen.
    package var sampling = SamplingFields()
    /// The tools that the model may call.
    package internal(set) var tools = ToolFields()
    /// What the answer must be; `nil` for any text.
    package internal(set) var output: StructuredOutput?
    /// The newer name of `max_tokens`; it wins.
    package var maxCompletionTokens: Int?
    /// What the request calls `max_completion_tokens`, for messages.
    var maxCompletionTokensField = "max_completion_tokens"
    /// The most tokens of reasoning; `nil` for any number.
    package var thinkingTokenBudget: Int?
    /// Whether log-probabilities are reported.
    package var logprobs = false
    /// How many likeliest tokens are reported at each position; -1 for all.
    package var topLogprobs = 0
    /// Whether the answer begins with the last message's content, when that message has the answer's role.
    package var echo = false
    /// Whether the prompt's text is part of the answer.
    package var returnPromptText = false

    init() {}

    private static let fields: [Field<ChatCompletionRequest>] = [
        Field("max_completion_tokens", \.maxCompletionTokens, .integer),
        Field("thinking_token_budget", \.thinkingTokenBudget, .integer),
        Field("logprobs", \.logprobs, .boolean),
        Field("top_logprobs", \.topLogprobs, .integer),
        Field("echo", \.echo, .boolean),
        Field("return_prompt_text", \.returnPromptText, .boolean),
    ]

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema, cross-field and unsupported-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> ChatCompletionRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        try RequestOptions.checkStreamOptions(of: object)
        try RequestOptions.checkPromptLogprobs(of: object)
        try checkLogprobs(of: object)
        try ToolFields.checkFields(of: object)
        try Conversation.checkFields(of: object)
        try UnsupportedField.check(object, for: .chat)
        var reader = SchemaReader(limits: context.limits)
        var request = ChatCompletionRequest()
        if object["messages"] == nil { reader.reportMissing(Location.body.child("messages"), in: .object(object)) }
        if let messages = object["messages"], messages.isNull {
            reader.report("list_type", Location.body.child("messages"), "Input should be a valid list", messages)
        }
        try Conversation.checkContent(of: object)
        reader.read(RequestOptions.fields, of: object, into: &request.options)
        reader.read(Conversation.fields, of: object, into: &request.conversation)
        reader.read(SamplingFields.fields, of: object, into: &request.sampling)
        reader.read(fields, of: object, into: &request)
        request.tools = ToolFields.read(object, &reader)
        var output = StructuredOutputFields()
        reader.read(StructuredOutputFields.fields, of: object, into: &output)
        try reader.finish()
        request.output = try output.resolved()
        request.conversation.tools = request.tools.tools.isEmpty ? nil : request.tools.tools.map(\.definition)
        try request.tools.checkChoice()
        if let budget = request.thinkingTokenBudget {
            guard budget >= -1 else {
                throw .badRequest(
                    "thinking_token_budget must be at least -1, got \(budget).",
                    param: "thinking_token_budget"
                )
            }
            if budget == -1 { request.thinkingTokenBudget = nil }
        }
        try request.options.checkNames()
        try context.checkModel(request.options.model)
        try request.conversation.check(trustsTemplate: context.trustsRequestTemplates)
        return request
    }

    /// How many likeliest tokens to report at each position, -1 for all; `nil` for no log-probabilities.
    package var logprobCount: Int? { logprobs ? topLogprobs : nil }

    /// The tokens asked for; without a wish, all that the context leaves.
    package var outputBudget: OutputBudget {
        if let maxCompletionTokens {
            return OutputBudget(requested: maxCompletionTokens, field: maxCompletionTokensField)
        }
        return OutputBudget(requested: sampling.maxTokens)
    }

    private static func checkLogprobs(of object: JSONObject) throws(APIError) {
        guard let top = object["top_logprobs"], !top.isNull else { return }
        let count = try LogprobsField.count(top, "top_logprobs")
        if count != 0, !PythonText.isTrue(object["logprobs"]) {
            throw .badRequest(
                "when using `top_logprobs`, `logprobs` must be set to true.",
                param: "top_logprobs"
            )
        }
    }
}

/// The fields that count log-probabilities: strings are not taken for numbers there.
enum LogprobsField {
    /// The count, -1 for all.
    ///
    /// - Throws: 400 that names the field.
    static func count(_ value: JSONValue, _ field: String) throws(APIError) -> Int {
        let shown = PythonText.shown(value)
        let count: Int? = value.bool.map { $0 ? 1 : 0 } ?? value.integer
        guard let count else {
            throw .badRequest("`\(field)` must be an integer.", param: field, value: shown)
        }
        guard count >= -1 else {
            throw .badRequest("`\(field)` must be a positive value or -1.", param: field, value: shown)
        }
        return count
    }
}
