package import MartletJSON

/// Turns the messages of a chat request into the prompt, as vLLM does around transformers.
package struct ChatPromptBuilder: Sendable {
    /// What a request brings.
    package struct Request: Sendable {
        /// The messages, validated, in the OpenAI API's form.
        package var messages: [JSONValue]
        /// Tool definitions.
        package var tools: [JSONValue]?
        /// Documents for retrieval.
        package var documents: [JSONValue]?
        /// Whether the prompt ends with the beginning of an assistant message.
        package var addGenerationPrompt = true
        /// Whether the model continues the last message.
        package var continueFinalMessage = false
        /// `reasoning_effort`, which `templateVariables` do not change; also sets `enable_thinking` unless they do.
        package var reasoningEffort: String?
        /// The variables of `chat_template_kwargs`.
        package var templateVariables = JSONObject()
        /// What takes the place of the model's template: the name of one of the model's, or a template's text.
        package var template: String?

        /// A request with these messages.
        package init(messages: [JSONValue]) { self.messages = messages }
    }

    private let templates: ChatTemplateSet
    private let contentFormat: ContentFormat?
    private let trusted: JSONObject
    private let limits: TemplateLimits

    /// A builder for one model.
    ///
    /// - Parameters:
    ///   - templates: the model's templates.
    ///   - contentFormat: how content is handed over; `nil` asks each template.
    ///   - specialTokens: the model's variables, as `bos_token`.
    ///   - defaultVariables: the operator's variables (`--default-chat-template-kwargs`).
    ///   - limits: bounds on each rendering.
    package init(
        templates: ChatTemplateSet,
        contentFormat: ContentFormat? = nil,
        specialTokens: JSONObject = JSONObject(),
        defaultVariables: JSONObject = JSONObject(),
        limits: TemplateLimits = TemplateLimits()
    ) {
        self.templates = templates
        self.contentFormat = contentFormat
        self.limits = limits
        var trusted = specialTokens
        for member in defaultVariables { trusted[member.key] = member.value }
        self.trusted = trusted
    }

    /// The text of the model's templates, one behind the other.
    package var templateSource: String { templates.source }

    /// The prompt of a request.
    ///
    /// - Parameters:
    ///   - request: what the request brings.
    ///   - clock: the time that `strftime_now` prints.
    /// - Returns: the prompt and which parts of it are the client's.
    /// - Throws: `TemplateError`: no template, no messages, or the template failed.
    package func prompt(for request: Request, clock: TemplateClock = .now) throws(TemplateError) -> RenderedPrompt {
        if request.messages.isEmpty { throw .runtime("messages must not be empty") }
        let template = try template(for: request)
        let format = contentFormat ?? template.contentFormat
        let keepsDeveloper = StringOperations.contains(Text(template.source), Text("developer"))
        var chat = ChatTemplate.Chat(
            messages: request.messages.map {
                ChatMessageNormalizer.normalized($0, format: format, keepsDeveloper: keepsDeveloper)
            }
        )
        chat.tools = request.tools
        chat.documents = request.documents ?? request.templateVariables["documents"]?.array
        chat.addGenerationPrompt = request.addGenerationPrompt
        chat.continueFinalMessage = request.continueFinalMessage
        chat.variables = request.templateVariables
        if let effort = request.reasoningEffort {
            chat.variables["reasoning_effort"] = .string(effort)
            if chat.variables["enable_thinking"] == nil { chat.variables["enable_thinking"] = .bool(effort != "none") }
        }
        return try template.render(chat, trusted: trusted, clock: clock, limits: limits)
    }
    private func template(for request: Request) throws(TemplateError) -> ChatTemplate {
        guard let given = request.template else { return try templates.template(hasTools: request.tools != nil) }
        if let named = templates.named(given) { return named }
        return try ChatTemplate(source: given)
    }
}
