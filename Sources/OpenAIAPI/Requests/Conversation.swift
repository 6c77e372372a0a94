package import MartletJSON

/// What a chat template makes a prompt of.
package struct Conversation: Sendable {
    /// The messages, at least one.
    package var messages: [ChatMessage] = []
    /// Whether the prompt ends with the beginning of an assistant's message.
    package var addGenerationPrompt = true
    /// Whether the prompt ends inside the last message, for the model to continue it.
    package var continueFinalMessage = false
    /// Whether the tokenizer adds its own special tokens to the template's text.
    package var addSpecialTokens = false
    /// Definitions of tools.
    package var tools: [JSONValue]?
    /// Documents for templates that know retrieval; objects of strings.
    package var documents: [JSONValue]?
    /// Further variables of the template.
    package var chatTemplateKwargs = JSONObject()
    /// A template that takes the place of the model's: its text, or the name of one of the model's.
    package var chatTemplate: String?
    /// How hard the model shall think.
    package var reasoningEffort: String?

    static let fields: [Field<Conversation>] = [
        Field("messages", \.messages, .list(of: .message, \.maxMessages)),
        Field("add_generation_prompt", \.addGenerationPrompt, .boolean),
        Field("continue_final_message", \.continueFinalMessage, .boolean),
        Field("add_special_tokens", \.addSpecialTokens, .boolean),
        Field("documents", \.documents, .list(of: .textObject, \.maxDocuments)),
        Field("chat_template", \.chatTemplate, .string),
        Field("chat_template_kwargs", \.chatTemplateKwargs, .object),
        Field(
            "reasoning_effort",
            \.reasoningEffort,
            .literal(["none", "minimal", "low", "medium", "high", "xhigh", "max"])
        ),
    ]

    /// Checks what can be seen before types are read.
    ///
    /// - Throws: 400.
    static func checkFields(of object: JSONObject) throws(APIError) {
        if PythonText.isTrue(object["continue_final_message"]), PythonText.isTrue(object["add_generation_prompt"]) {
            throw .badRequest("Cannot set both `continue_final_message` and `add_generation_prompt` to True.")
        }
    }

    /// Checks what a template cannot take.
    ///
    /// - Parameters:
    ///   - trustsTemplate: whether the operator lets requests bring templates.
    ///   - field: what the request calls its messages.
    /// - Throws: 400.
    func check(trustsTemplate: Bool, field: String = "messages") throws(APIError) {
        if chatTemplate != nil, !trustsTemplate {
            throw .badRequest(
                "Chat template is passed with request (`chat_template`), but --trust-request-chat-template is not set. "
                    + "Refused request with untrusted chat template."
            )
        }
        if messages.isEmpty {
            throw .badRequest(
                "Cannot apply chat template to an empty conversation. Provide at least one message in `\(field)`."
            )
        }
        try checkVariables()
        if continueFinalMessage, addGenerationPrompt {
            throw .badRequest(
                "continue_final_message and add_generation_prompt are not compatible. Use continue_final_message when "
                    + "the model shall continue the final message, and add_generation_prompt when it shall begin a "
                    + "new one."
            )
        }
    }

    /// Refuses variables of the template that the request's own fields set, unless they say the same.
    private func checkVariables() throws(APIError) {
        let fields = [
            ("add_generation_prompt", addGenerationPrompt), ("continue_final_message", continueFinalMessage),
        ]
        for (name, value) in fields {
            guard let variable = chatTemplateKwargs[name], variable != .bool(value) else { continue }
            throw .badRequest(
                "chat_template_kwargs must not change `\(name)`: set the request's field of that name.",
                param: "chat_template_kwargs"
            )
        }
        if let name = Self.reservedVariables.first(where: { chatTemplateKwargs[$0] != nil }) {
            throw .badRequest("chat_template_kwargs must not contain `\(name)`.", param: "chat_template_kwargs")
        }
    }

    /// Refuses parts of content that are not text.
    ///
    /// - Throws: 400 that names the part's type.
    static func checkContent(of object: JSONObject) throws(APIError) {
        for message in object["messages"]?.array ?? [] {
            for part in message["content"]?.array ?? [] {
                guard let members = part.object else { continue }
                let type = members["type"]
                if let name = type?.string, Self.textTypes.contains(name) {
                    continue
                }
                if type == nil, members["text"]?.string != nil { continue }
                let name = type.map { APIError.shortened($0.string ?? $0.kind) } ?? "none"
                if mediaTypes.contains(name) {
                    throw .badRequest(
                        "The served model is not a multimodal model: content of type `\(name)` in `messages` is not supported."
                    )
                }
                throw .badRequest("Unknown type of a content part in `messages`: `\(name)`. Use `text`.")
            }
        }
    }

    private static let reservedVariables = ["messages", "tools", "chat_template", "tokenize"]

    private static let textTypes: Set<String> = ["text", "input_text", "output_text", "refusal", "thinking"]

    private static let mediaTypes: Set<String> = [
        "image_url", "input_image", "image_pil", "image_embeds", "input_audio", "audio_url", "audio_embeds",
        "video_url", "file",
    ]
}
