import MartletJSON

/// The body of `POST /v1/messages`, and of `POST /v1/messages/count_tokens`.
package struct MessagesRequest: Sendable {
    /// What a body is for.
    package enum Purpose: Sendable {
        /// An answer.
        case answer
        /// The number of its tokens; `max_tokens` need not be there, and what shapes the answer is not read.
        case count
    }

    /// The request in terms of chats.
    package internal(set) var chat = ChatCompletionRequest()

    private static let answerFields: [Field<MessagesRequest>] = [
        Field("max_tokens", \.chat.sampling.maxTokens, .positiveCount),
        Field("stop_sequences", \.chat.sampling.stop, .list(of: .stopSequence, \.maxStopStrings)),
        Field("stream", \.chat.options.stream, .boolean),
        Field("temperature", \.chat.sampling.temperature, .number),
        Field("top_k", \.chat.sampling.topK, .integer),
        Field("top_p", \.chat.sampling.topP, .number),
        .unused("metadata", .object),
        .unused("service_tier", .string),
    ]

    private static let fields: [Field<MessagesRequest>] = [
        Field("model", \.chat.options.model, .modelName),
        Field("chat_template_kwargs", \.chat.conversation.chatTemplateKwargs, .object),
    ]

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema, cross-field and unsupported-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        for purpose: Purpose,
        context: RequestContext = RequestContext()
    ) throws(APIError) -> MessagesRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        try checkFields(of: object)
        try UnsupportedField.check(object, for: .messages)
        var reader = SchemaReader(limits: context.limits)
        var request = MessagesRequest()
        let required = purpose == .answer ? ["model", "messages", "max_tokens"] : ["model", "messages"]
        for name in required where object[name]?.isNull ?? true {
            reader.reportMissing(Location.body.child(name), in: .object(object))
        }
        reader.read(fields, of: object, into: &request)
        request.readMessages(of: object, &reader)
        request.readTools(of: object, &reader)
        request.readThinking(of: object, &reader)
        if purpose == .answer {
            reader.read(answerFields, of: object, into: &request)
            try request.readOutput(of: object, &reader)
        }
        try reader.finish()
        try request.chat.tools.checkChoice()
        try context.checkModel(request.chat.options.model)
        try request.chat.conversation.check(trustsTemplate: false)
        return request
    }

    /// Reads `thinking`: whether the model thinks, and for how many tokens.
    private mutating func readThinking(of object: JSONObject, _ reader: inout SchemaReader) {
        let place = Location.body.child("thinking")
        guard let thinking = reader.optional("thinking", .object, of: object, at: .body) else { return }
        let types = Coercion<String>.literal(["enabled", "disabled", "adaptive"])
        guard let type = reader.required("type", types, of: thinking, at: place) else { return }
        if chat.conversation.chatTemplateKwargs["enable_thinking"] == nil {
            chat.conversation.chatTemplateKwargs["enable_thinking"] = .bool(type != "disabled")
        }
        guard type == "enabled" else { return }
        chat.thinkingTokenBudget = reader.required("budget_tokens", .positiveCount, of: thinking, at: place)
    }

    /// Reads `output_config`: how hard the model thinks, and the answer's format.
    private mutating func readOutput(of object: JSONObject, _ reader: inout SchemaReader) throws(APIError) {
        let place = Location.body.child("output_config")
        guard let output = reader.optional("output_config", .object, of: object, at: .body) else { return }
        let levels = Coercion<String>.literal(["low", "medium", "high", "xhigh", "max"])
        chat.conversation.reasoningEffort = reader.optional("effort", levels, of: output, at: place)
        guard let format = reader.optional("format", .object, of: output, at: place) else { return }
        let formatPlace = place.child("format")
        _ = reader.required("type", .literal(["json_schema"]), of: format, at: formatPlace)
        guard let schema = reader.required("schema", .object, of: format, at: formatPlace) else { return }
        let field = "output_config.format"
        try StructuredOutputFields.checkNesting(.object(schema), field)
        chat.output = StructuredOutput(.jsonSchema(.object(schema)), field: field)
    }
}

extension Coercion<Int> {
    /// A number of tokens, at least 1.
    fileprivate static let positiveCount = Coercion { value, location, reader in
        guard let count = integer.read(value, location, &reader) else { return nil }
        if count > 0 { return count }
        reader.reportValue("\(location.path.split(separator: ".").last ?? "") must be positive", location, value)
        return nil
    }
}

extension Coercion<String> {
    /// The name of a model, which must be there.
    fileprivate static let modelName = Coercion { value, location, reader in
        guard let name = string.read(value, location, &reader) else { return nil }
        if !name.utf8.isEmpty { return name }
        reader.reportValue("Model is required", location, value)
        return nil
    }

    /// A text that ends the answer.
    fileprivate static let stopSequence = Coercion { value, location, reader in
        guard let text = string(\.maxStopLength).read(value, location, &reader) else { return nil }
        if !text.utf8.isEmpty { return text }
        reader.reportValue("stop sequences must not be empty", location, value)
        return nil
    }
}
