import MartletJSON

/// The body of `POST /v1/embeddings`, `/pooling` and `/classify`.
package struct PoolingRequest: Sendable {
    /// What becomes one vector.
    package enum Input: Sendable {
        /// A text or token ids.
        case prompt(CompletionRequest.Prompt)
        /// A conversation, through the chat template.
        case conversation(Conversation)
    }

    /// Model, activation, truncation.
    package var options = PoolingFields()
    /// The inputs, at least one.
    package var inputs: [Input] = []
    /// How vectors are written.
    package var encoding = VectorEncoding()
    /// The size that embeddings are cut to.
    package var dimensions: Int?
    /// What `/pooling` is to give.
    package var task: String?
    /// The name of the prompt that is put before texts, from the model's own.
    package var promptName: String?

    private struct Fields {
        var prompts: [CompletionRequest.Prompt]?
        var encoding = VectorEncoding()
        var dimensions: Int?
        var task: String?
        var promptName: String?

        static let all: [Field<Fields>] = [
            Field("input", \.prompts, .prompts),
            Field("encoding_format", \.encoding.format, .named()),
            Field("embed_dtype", \.encoding.elementType, .named()),
            Field("endianness", \.encoding.byteOrder, .named()),
            Field("dimensions", \.dimensions, .integer),
            Field(
                "task",
                \.task,
                .literal(["embed", "classify", "score", "token_embed", "token_classify", "plugin"])
            ),
            Field("prompt_name", \.promptName, .string(\.maxNameLength)),
        ]
    }

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema and cross-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> PoolingRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        try checkInput(of: object, limits: context.limits)
        var reader = SchemaReader(limits: context.limits)
        var (request, fields) = (PoolingRequest(), Fields())
        reader.read(PoolingFields.fields, of: object, into: &request.options)
        reader.read(Fields.all, of: object, into: &fields)
        var conversation = Conversation()
        conversation.addGenerationPrompt = false
        let hasMessages = object["messages"].map { !$0.isNull } ?? false
        if let prompts = fields.prompts {
            request.inputs = prompts.map { .prompt($0) }
        } else if hasMessages, object["input"]?.isNull ?? true {
            try Conversation.checkFields(of: object)
            try Conversation.checkContent(of: object)
            reader.read(Conversation.fields, of: object, into: &conversation)
        } else if object["input"]?.isNull ?? true {
            reader.reportMissing(Location.body.child("input"), in: .object(object))
        }
        try reader.finish()
        try request.options.check(context)
        if request.inputs.isEmpty {
            try conversation.check(trustsTemplate: context.trustsRequestTemplates)
            request.inputs = [.conversation(conversation)]
        }
        request.encoding = fields.encoding
        request.dimensions = fields.dimensions
        request.task = fields.task
        request.promptName = fields.promptName
        return request
    }

    private static func checkInput(of object: JSONObject, limits: RequestLimits) throws(APIError) {
        guard let elements = object["input"]?.array else { return }
        if elements.isEmpty { throw .badRequest("You must pass at least one prompt", param: "input") }
        if elements.contains(where: { $0.array?.isEmpty == true }) {
            throw .badRequest("An element of `input` is empty.", param: "input")
        }
        if elements.contains(where: { $0.string != nil || $0.array != nil }), elements.count > limits.maxPrompts {
            throw .badRequest(
                "A request may have at most \(limits.maxPrompts) inputs, got \(elements.count).",
                param: "input",
                value: "\(elements.count)"
            )
        }
    }
}

extension Coercion where Value: RawRepresentable<String> & CaseIterable & Sendable {
    /// One of the type's cases, by its name.
    fileprivate static func named() -> Coercion {
        let names = Coercion<String>.literal(Value.allCases.map(\.rawValue))
        return Coercion { value, location, reader in
            names.read(value, location, &reader).flatMap(Value.init(rawValue:))
        }
    }
}
