package import MartletJSON

extension ChatTemplate {
    /// What `apply_chat_template` of transformers takes.
    package struct Chat: Sendable {
        /// The messages as the template sees them.
        package var messages: [JSONValue]
        /// Tool definitions; `nil` is `none` to the template.
        package var tools: [JSONValue]?
        /// Documents for retrieval; `nil` is `none` to the template.
        package var documents: [JSONValue]?
        /// Whether the prompt ends with the beginning of an assistant message.
        package var addGenerationPrompt = false
        /// Whether the prompt ends inside the last message, for the model to continue it.
        package var continueFinalMessage = false
        /// Further variables of the request.
        package var variables = JSONObject()

        /// A chat of these messages.
        package init(messages: [JSONValue]) { self.messages = messages }
    }

    private static let continuationTag = "CONTINUE_FINAL_MESSAGE_TAG "

    /// Renders a chat as `apply_chat_template` of transformers does, without changing the messages.
    ///
    /// - Parameters:
    ///   - chat: what comes from the request.
    ///   - trusted: variables of the model and the operator.
    ///   - clock: the time that `strftime_now` prints.
    ///   - limits: bounds on work and size.
    /// - Returns: the prompt and which parts of it are the client's.
    /// - Throws: `TemplateError`; also when the last message cannot be continued.
    package func render(
        _ chat: Chat,
        trusted: JSONObject,
        clock: TemplateClock = .now,
        limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> RenderedPrompt {
        var variables = chat.variables
        var messages = chat.messages
        var finalText = ""
        if chat.continueFinalMessage {
            if chat.addGenerationPrompt {
                throw .runtime("continue_final_message and add_generation_prompt cannot both be true")
            }
            finalText = try ChatTemplate.tagFinalMessage(&messages)
        }
        variables["messages"] = .array(messages)
        variables["tools"] = chat.tools.map { .array($0) } ?? .null
        variables["documents"] = chat.documents.map { .array($0) } ?? .null
        variables["add_generation_prompt"] = .bool(chat.addGenerationPrompt)
        let prompt = try render(variables, trusted: trusted, clock: clock, limits: limits)
        return chat.continueFinalMessage ? try ChatTemplate.cut(prompt, after: finalText) : prompt
    }

    /// Appends the tag to the last text of the last message and returns that text.
    private static func tagFinalMessage(_ messages: inout [JSONValue]) throws(TemplateError) -> String {
        let missing = TemplateError.runtime(
            "continue_final_message is set, but the final message has no text to continue"
        )
        guard var message = messages.last?.object else { throw missing }
        switch message["content"] {
        case .string(let text):
            message["content"] = .string(text + continuationTag)
            messages[messages.count - 1] = .object(message)
            return text
        case .array(var parts):
            guard let position = parts.lastIndex(where: { $0["text"]?.string != nil }),
                var part = parts[position].object, let text = part["text"]?.string
            else { throw missing }
            part["text"] = .string(text + continuationTag)
            parts[position] = .object(part)
            message["content"] = .array(parts)
            messages[messages.count - 1] = .object(message)
            return text
        default: throw missing
        }
    }

    /// Drops the tag and what follows it; white space before it too where the template trims messages.
    private static func cut(_ prompt: RenderedPrompt, after finalText: String) throws(TemplateError) -> RenderedPrompt {
        let bytes = Array(prompt.text.utf8)
        let tag = Array(continuationTag.utf8.dropLast())
        let stripped = Array(StringOperations.strip(Text(finalText), nil, .both).string.utf8)
        guard let place = StringOperations.occurrencesFromRight(tag, in: bytes, limit: 1).first,
            StringOperations.find(stripped, in: bytes, from: 0) != nil
        else {
            throw .runtime(
                "continue_final_message is set, but the final message does not appear in the prompt; the chat template "
                    + "probably deletes or changes parts of it"
            )
        }
        let after = place + tag.count
        if after < bytes.count && bytes[after] == UInt8(ascii: " ") { return prompt.prefix(place) }
        var end = place
        while let start = end > 0 ? UTF8Scalars.whitespaceStart(before: end, in: bytes[...]) : nil { end = start }
        return prompt.prefix(end)
    }
}
