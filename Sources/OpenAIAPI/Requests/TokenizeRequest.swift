import MartletJSON

/// The body of `POST /tokenize`: a text, or a conversation.
package struct TokenizeRequest: Sendable {
    /// What is tokenized.
    package enum Input: Sendable {
        /// A text; whether the tokenizer adds its special tokens.
        case text(String, addSpecialTokens: Bool)
        /// A conversation, through the chat template.
        case conversation(Conversation)
    }

    /// The model asked for.
    package var model: String?
    /// What is tokenized.
    package var input: Input
    /// Whether the tokens' strings in the vocabulary are part of the answer.
    package var returnTokenStrings: Bool

    private struct Fields {
        var model: String?
        var prompt: String?
        var addSpecialTokens = true
        var returnTokenStrings = false

        static let all: [Field<Fields>] = [
            Field("model", \.model, .string),
            Field("prompt", \.prompt, .string),
            Field("add_special_tokens", \.addSpecialTokens, .boolean),
            Field("return_token_strs", \.returnTokenStrings, .boolean),
        ]
    }

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema and unsupported-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> TokenizeRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        let messages = object["messages"]
        if messages != nil { try Conversation.checkFields(of: object) }
        try UnsupportedField.check(object, for: .tokenize)
        var reader = SchemaReader(limits: context.limits)
        var fields = Fields()
        reader.read(Fields.all, of: object, into: &fields)
        if messages == nil, fields.prompt == nil {
            if object["prompt"] == nil { reader.reportMissing(Location.body.child("prompt"), in: .object(object)) }
            if let prompt = object["prompt"], prompt.isNull {
                reader.report("string_type", Location.body.child("prompt"), "Input should be a valid string", prompt)
            }
            reader.reportMissing(Location.body.child("messages"), in: .object(object))
        }
        var conversation = Conversation()
        if fields.prompt == nil, let messages {
            if messages.isNull {
                reader.report("list_type", Location.body.child("messages"), "Input should be a valid list", messages)
            }
            try Conversation.checkContent(of: object)
            reader.read(Conversation.fields, of: object, into: &conversation)
            let tools = ToolFields.read(object, &reader).tools
            conversation.tools = tools.isEmpty ? nil : tools.map(\.definition)
        }
        try reader.finish()
        try context.checkModel(fields.model)
        guard let prompt = fields.prompt else {
            try conversation.check(trustsTemplate: context.trustsRequestTemplates)
            return TokenizeRequest(
                model: fields.model,
                input: .conversation(conversation),
                returnTokenStrings: fields.returnTokenStrings
            )
        }
        return TokenizeRequest(
            model: fields.model,
            input: .text(prompt, addSpecialTokens: fields.addSpecialTokens),
            returnTokenStrings: fields.returnTokenStrings
        )
    }
}

/// The body of `POST /detokenize`.
package struct DetokenizeRequest: Sendable {
    /// The model asked for.
    package var model: String?
    /// Token ids, not checked against a vocabulary.
    package var tokens: [Int] = []

    private static let fields: [Field<DetokenizeRequest>] = [
        Field("model", \.model, .string),
        Field("tokens", \.tokens, .tokenIDs(\.maxTokenIDs)),
    ]

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON and schema errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> DetokenizeRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        var reader = SchemaReader(limits: context.limits)
        var request = DetokenizeRequest()
        reader.read(fields, of: object, into: &request)
        switch object["tokens"] {
        case nil: reader.reportMissing(Location.body.child("tokens"), in: .object(object))
        case .null?: reader.report("list_type", Location.body.child("tokens"), "Input should be a valid list", .null)
        default: break
        }
        try reader.finish()
        try context.checkModel(request.model)
        return request
    }
}
