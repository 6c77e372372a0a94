/// The fields that all requests for vectors and scores share.
package struct PoolingFields: Sendable {
    /// The model asked for; `nil` or empty is the first one served.
    package var model: String?
    /// The client's stem of the response id.
    package var requestID: String?
    /// Whether embeddings are normalized and scores turned into probabilities; `nil` for the model's own.
    package var usesActivation: Bool?
    /// The most tokens of an input: the rest is cut off; −1 for the most that the model takes; `nil` for an error where there
    /// are more.
    package var truncatePromptTokens: Int?
    /// Which end of an input is kept where it is cut: `left` cuts its beginning.
    package var truncationSide: String?
    /// Whether the tokenizer adds its special tokens to texts.
    package var addSpecialTokens = true

    static let fields: [Field<PoolingFields>] = [
        Field("model", \.model, .string),
        Field("request_id", \.requestID, .string),
        Field("use_activation", \.usesActivation, .boolean),
        Field("truncate_prompt_tokens", \.truncatePromptTokens, .integer),
        Field("truncation_side", \.truncationSide, .literal(["left", "right"])),
        Field("add_special_tokens", \.addSpecialTokens, .boolean),
        .unused("user", .string),
        .unused("priority", .integer64),
        .unused("cache_salt", .string(\.maxNameLength)),
        .unused("padding", .literal(["max_length", "do_not_pad", "longest"])),
    ]

    /// Checks names and the model.
    ///
    /// - Throws: 400 that names the field, 404 for an unknown model.
    func check(_ context: RequestContext) throws(APIError) {
        if let requestID, !RequestOptions.isValidRequestID(requestID) {
            throw .badRequest("request_id must consist of 1 to 256 visible ASCII characters.", param: "request_id")
        }
        if let count = truncatePromptTokens, count < -1 {
            throw .badRequest(
                "truncate_prompt_tokens must be -1 or more, got \(count).",
                param: "truncate_prompt_tokens",
                value: "\(count)"
            )
        }
        try context.checkModel(model)
    }

    /// The most tokens of an input and which end is kept, or `nil` where nothing is cut.
    ///
    /// - Parameter maxModelLength: the most tokens that the model takes.
    /// - Returns: where to cut.
    /// - Throws: 400 where more is asked for.
    package func cut(maxModelLength: Int) throws(APIError) -> (limit: Int, keepsEnd: Bool)? {
        guard let count = truncatePromptTokens else { return nil }
        guard count <= maxModelLength else {
            throw .badRequest(
                "truncate_prompt_tokens value is greater than max_model_len. Please request a smaller truncation size."
            )
        }
        return (count < 0 ? maxModelLength : count, truncationSide == "left")
    }
}
