import MartletJSON

/// The body of `POST /score`: pairs of texts.
package struct ScoreRequest: Sendable {
    /// Model, activation, truncation.
    package var options = PoolingFields()
    /// How pairs are put together.
    package var pairing = PairFields()
    /// The first text of each pair: one for all, or as many as second ones.
    package var first: [String] = []
    /// The second text of each pair.
    package var second: [String] = []

    init() {}

    /// The scores that a ranking asks for: its query with each of its documents.
    package init(_ request: RerankRequest) {
        options = request.options
        pairing = request.pairing
        first = [request.query]
        second = request.documents
    }

    /// The pairs, in the order of the second texts.
    package var pairs: [(first: String, second: String)] {
        second.enumerated().map { (first[first.count == 1 ? 0 : $0.offset], $0.element) }
    }

    private struct Texts {
        var first: [String]?
        var second: [String]?
    }

    /// The names that the two sides may have.
    private static let names = [
        ("text_1", "text_2"), ("queries", "documents"), ("queries", "items"), ("data_1", "data_2"),
    ]

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema and cross-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> ScoreRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        var reader = SchemaReader(limits: context.limits)
        var (request, texts) = (ScoreRequest(), Texts())
        reader.read(PoolingFields.fields, of: object, into: &request.options)
        reader.read(PairFields.fields, of: object, into: &request.pairing)
        let isGiven = { (name: String) in object[name].map { !$0.isNull } ?? false }
        let names = names.first { isGiven($0.0) && isGiven($0.1) } ?? names.first { isGiven($0.0) || isGiven($0.1) }
        let (first, second) = names ?? ("text_1", "text_2")
        let fields: [Field<Texts>] = [
            Field(first, \.first, .texts), Field(second, \.second, .texts),
        ]
        reader.read(fields, of: object, into: &texts)
        for name in [first, second] where !isGiven(name) {
            reader.reportMissing(Location.body.child(name), in: .object(object))
        }
        try reader.finish()
        try request.options.check(context)
        try UnsupportedPoolingField.check(object)
        request.first = texts.first ?? []
        request.second = texts.second ?? []
        if request.first.isEmpty { throw .badRequest("At least one text element must be given", param: first) }
        if request.second.isEmpty { throw .badRequest("At least one text_pair element must be given", param: second) }
        try checkCount(request.first.count, name: first, limits: context.limits)
        try checkCount(request.second.count, name: second, limits: context.limits)
        guard request.first.count == 1 || request.first.count == request.second.count else {
            throw .badRequest("Input lengths must be either 1:1, 1:N or N:N")
        }
        return request
    }

    static func checkCount(_ count: Int, name: String, limits: RequestLimits) throws(APIError) {
        guard count > limits.maxPrompts else { return }
        throw .badRequest(
            "A request may have at most \(limits.maxPrompts) texts, got \(count).",
            param: name,
            value: "\(count)"
        )
    }
}

/// The body of `POST /rerank`: documents to be sorted by how well they answer a query.
package struct RerankRequest: Sendable {
    /// Model, activation, truncation.
    package var options = PoolingFields()
    /// How pairs are put together.
    package var pairing = PairFields()
    /// What is looked for.
    package var query = ""
    /// Where.
    package var documents: [String] = []
    /// How many of the best are wanted; 0 for all.
    package var topCount = 0

    private static let fields: [Field<RerankRequest>] = [
        Field("query", \.query, .string),
        Field("documents", \.documents, .texts),
        Field("top_n", \.topCount, .nonNegative),
    ]

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema and cross-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> RerankRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        var reader = SchemaReader(limits: context.limits)
        var request = RerankRequest()
        reader.read(PoolingFields.fields, of: object, into: &request.options)
        reader.read(PairFields.fields, of: object, into: &request.pairing)
        reader.read(fields, of: object, into: &request)
        for name in ["query", "documents"] where object[name]?.isNull ?? true {
            reader.reportMissing(Location.body.child(name), in: .object(object))
        }
        try reader.finish()
        try request.options.check(context)
        try UnsupportedPoolingField.check(object)
        if request.documents.isEmpty { throw .badRequest("At least one text_pair element must be given") }
        try ScoreRequest.checkCount(request.documents.count, name: "documents", limits: context.limits)
        return request
    }
}

/// The fields that say how two texts are put together for one score.
package struct PairFields: Sendable, Hashable {
    /// The most tokens of a first text; 0 for any number.
    package var maxQueryTokens = 0
    /// The most tokens of a second text; 0 for any number.
    package var maxDocumentTokens = 0
    /// What a model that can be told is to look for; `nil` for its own.
    package var instruction: String?

    static let fields: [Field<PairFields>] = [
        Field("max_tokens_per_query", \.maxQueryTokens, .nonNegative),
        Field("max_tokens_per_doc", \.maxDocumentTokens, .nonNegative),
        Field("instruction", \.instruction, .string),
    ]

    /// Checks the numbers against the context, as the reference does.
    ///
    /// - Throws: 400 that names the field.
    package func check(maxModelLength: Int) throws(APIError) {
        let limits = [("max_tokens_per_query", maxQueryTokens), ("max_tokens_per_doc", maxDocumentTokens)]
        for (name, limit) in limits where limit >= maxModelLength {
            throw .badRequest(
                "\(name) (\(limit)) must be less than max_model_len (\(maxModelLength)).",
                param: name,
                value: "\(limit)"
            )
        }
    }
}

/// Fields that would change a score and are not implemented.
enum UnsupportedPoolingField {
    private static let names = ["chat_template", "chat_template_kwargs"]

    /// Refuses a body that sets one of them.
    ///
    /// - Throws: 400 that names the field.
    static func check(_ object: JSONObject) throws(APIError) {
        for name in names {
            guard let value = object[name], !value.isNull, value.object?.isEmpty != true else { continue }
            throw .badRequest("`\(name)` is not supported.", param: name)
        }
    }
}

extension Coercion<[String]> {
    /// A text or a list of texts; a text may stand as `{"text": …}`.
    static let texts = Coercion { value, location, reader in
        if case .string(let text) = value { return [text] }
        guard case .array(let elements) = value else {
            reader.report("list_type", location, "Input should be a valid list", value)
            reader.report("string_type", location, "Input should be a valid string", value)
            return nil
        }
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let inner = element.object?["text"] ?? element
            guard let text = Coercion<String>.string.read(inner, location.child(index), &reader) else { return nil }
            texts.append(text)
        }
        return texts
    }
}
