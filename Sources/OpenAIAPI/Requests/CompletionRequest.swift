import MartletJSON

/// The body of `POST /v1/completions`.
package struct CompletionRequest: Sendable {
    /// One prompt: text, or token ids.
    package enum Prompt: Sendable, Hashable {
        /// Text, possibly empty.
        case text(String)
        /// Token ids, not checked against a vocabulary; at least one.
        case tokens([Int])
    }

    /// Model, streaming, ids.
    package var options = RequestOptions()
    /// The prompts, at least one.
    package var prompts: [Prompt] = []
    /// How tokens are chosen.
    package var sampling = SamplingFields()
    /// What the completion must be; `nil` for any text.
    package private(set) var output: StructuredOutput?
    /// How many likeliest tokens are reported at each position, -1 for all; `nil` for no log-probabilities.
    package var logprobs: Int?
    /// How many of each prompt's choices are the answer, the likeliest ones; `nil` for all.
    package private(set) var shownChoiceCount: Int?
    /// Whether the text begins with the prompt.
    package var echo = false
    /// Whether the tokenizer adds its special tokens to text prompts.
    package var addSpecialTokens = true

    init() {}

    private static let fields: [Field<CompletionRequest>] = [
        Field("prompt", \.prompts, .prompts),
        Field("logprobs", \.logprobs, .integer),
        Field("echo", \.echo, .boolean),
        Field("add_special_tokens", \.addSpecialTokens, .boolean),
    ]

    /// The request that the body holds.
    ///
    /// - Throws: 400 for JSON, schema, cross-field and unsupported-field errors, 404 for an unknown model.
    package static func decode(
        _ body: [UInt8],
        context: RequestContext = RequestContext()
    ) throws(APIError) -> CompletionRequest {
        let object = try RequestBody.object(from: body, limits: context.limits)
        try UnsupportedField.check(object, for: .completion)
        if let value = object["logprobs"], !value.isNull { _ = try LogprobsField.count(value, "logprobs") }
        try RequestOptions.checkStreamOptions(of: object)
        try RequestOptions.checkPromptLogprobs(of: object)
        try checkPrompt(of: object, limits: context.limits)
        var reader = SchemaReader(limits: context.limits)
        var request = CompletionRequest()
        reader.read(RequestOptions.fields, of: object, into: &request.options)
        reader.read(fields, of: object, into: &request)
        reader.read(SamplingFields.fields, of: object, into: &request.sampling)
        var output = StructuredOutputFields()
        reader.read(StructuredOutputFields.fields, of: object, into: &output)
        let bestOf: Int? = reader.optional("best_of", .integer, of: object, at: .body)
        if let n = object["n"], n.isNull {
            reader.report("int_type", Location.body.child("n"), "Input should be a valid integer", n)
        }
        try reader.finish()
        request.output = try output.resolved()
        try request.generateMore(bestOf)
        if request.sampling.useBeamSearch, request.options.stream {
            throw .badRequest("Streaming is not currently supported with beam search")
        }
        try request.options.checkNames()
        try context.checkModel(request.options.model)
        let (count, choices) = (request.prompts.count, request.sampling.n ?? 1)
        let (total, isTooMany) = count.multipliedReportingOverflow(by: max(1, choices))
        if count > 1, isTooMany || total > context.limits.maxChoices {
            let name = request.sampling.choicesField
            throw .badRequest(
                "\(count) prompts with \(name)=\(choices) are more than \(context.limits.maxChoices) completions.",
                param: name
            )
        }
        return request
    }

    /// The tokens asked for; without a wish, 16.
    package var outputBudget: OutputBudget {
        OutputBudget(requested: sampling.maxTokens ?? 16, allowsZero: echo)
    }

    /// Has `best_of` choices generated, of which `n` are the answer.
    private mutating func generateMore(_ bestOf: Int?) throws(APIError) {
        let count = sampling.n ?? 1
        guard let bestOf, bestOf != count else { return }
        guard bestOf > count else {
            throw .badRequest("best_of must be at least n=\(count), got \(bestOf).", param: "best_of")
        }
        guard !options.stream, !sampling.useBeamSearch else {
            throw .badRequest("best_of must equal n in streams and beam searches.", param: "best_of")
        }
        shownChoiceCount = count
        sampling.n = bestOf
        sampling.choicesField = "best_of"
    }

    private static func checkPrompt(of object: JSONObject, limits: RequestLimits) throws(APIError) {
        switch object["prompt"] {
        case nil, .null, .string(""):
            throw .badRequest(
                "Either prompt or prompt_embeds must be provided and non-empty.",
                param: "prompt"
            )
        case .array(let elements):
            if elements.isEmpty { throw .badRequest("You must pass at least one prompt") }
            if elements.contains(where: { $0.array?.isEmpty == true }) { throw .emptyPrompt }
            if elements.contains(where: { $0.string != nil || $0.array != nil }), elements.count > limits.maxPrompts {
                throw .badRequest(
                    "A request may have at most \(limits.maxPrompts) prompts, got \(elements.count).",
                    param: "prompt",
                    value: "\(elements.count)"
                )
            }
        default:
            return
        }
    }
}

extension Coercion<[CompletionRequest.Prompt]> {
    /// A string, a list of strings, a list of token ids, or a list of such lists.
    static let prompts = Coercion { value, location, reader in
        if case .string(let text) = value { return [.text(text)] }
        guard case .array(let elements) = value else {
            reader.report("list_type", location, "Input should be a valid list", value)
            reader.report("string_type", location, "Input should be a valid string", value)
            return nil
        }
        if elements.allSatisfy({ $0.string != nil }) { return elements.compactMap { $0.string.map { .text($0) } } }
        let ids = Coercion<[Int]>.tokenIDs(\.maxTokenIDs)
        if elements.allSatisfy({ $0.array != nil }) {
            let lists = Coercion<[[Int]]>.list(of: ids, \.maxPrompts).read(value, location, &reader)
            return lists?.map { .tokens($0) }
        }
        return ids.read(value, location, &reader).map { [.tokens($0)] }
    }
}
