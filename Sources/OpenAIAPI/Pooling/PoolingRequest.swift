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

    /// How vectors are written.
    package struct Encoding: Sendable, Hashable {
        /// The type of an element in base64.
        package enum ElementType: String, Sendable, Hashable, CaseIterable {
            /// binary32
            case float32
            /// binary16
            case float16
            /// The upper half of a binary32.
            case bfloat16
        }

        /// Whether the elements' bytes are written in base64, rather than numbers.
        package var isBase64 = false
        /// The type in base64.
        package var elementType = ElementType.float32
        /// Whether the highest byte of an element comes first.
        package var isBigEndian = false

        /// Numbers.
        package init() {}
    }

    /// Model, activation, truncation.
    package var options = PoolingFields()
    /// The inputs, at least one.
    package var inputs: [Input] = []
    /// How vectors are written.
    package var encoding = Encoding()
    /// The size that embeddings are cut to.
    package var dimensions: Int?
    /// What `/pooling` is to give.
    package var task: String?
    /// The name of the prompt that is put before texts, from the model's own.
    package var promptName: String?

    private struct Fields {
        var prompts: [CompletionRequest.Prompt]?
        var encodingFormat = "float"
        var elementType = "float32"
        var endianness = "native"
        var dimensions: Int?
        var task: String?
        var promptName: String?

        static let all: [Field<Fields>] = [
            Field("input", \.prompts, .prompts),
            Field("encoding_format", \.encodingFormat, .literal(["float", "base64", "bytes", "bytes_only"])),
            Field(
                "embed_dtype",
                \.elementType,
                .literal(["float32", "float16", "bfloat16", "fp8_e4m3", "fp8_e5m2"])
            ),
            Field("endianness", \.endianness, .literal(["native", "little", "big"])),
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
        try request.take(fields)
        return request
    }

    private mutating func take(_ fields: Fields) throws(APIError) {
        switch fields.encodingFormat {
        case "float": break
        case "base64": encoding.isBase64 = true
        default:
            throw .badRequest(
                "encoding_format `\(fields.encodingFormat)` is not supported; float and base64 are.",
                param: "encoding_format"
            )
        }
        guard let type = Encoding.ElementType(rawValue: fields.elementType) else {
            throw .badRequest(
                "embed_dtype `\(fields.elementType)` is not supported; float32, float16 and bfloat16 are.",
                param: "embed_dtype"
            )
        }
        encoding.elementType = type
        encoding.isBigEndian = fields.endianness == "big"
        dimensions = fields.dimensions
        task = fields.task
        promptName = fields.promptName
    }

    private static func checkInput(of object: JSONObject, limits: RequestLimits) throws(APIError) {
        guard let elements = object["input"]?.array else { return }
        if elements.isEmpty { throw .badRequest("You must pass at least one prompt", param: "input") }
        if elements.contains(where: { $0.array?.isEmpty == true }) { throw .emptyPrompt }
        if elements.contains(where: { $0.string != nil || $0.array != nil }), elements.count > limits.maxPrompts {
            throw .badRequest(
                "A request may have at most \(limits.maxPrompts) inputs, got \(elements.count).",
                param: "input",
                value: "\(elements.count)"
            )
        }
    }
}
