import MartletJSON

/// The fields that chat and completion requests share and that do not concern sampling.
package struct RequestOptions: Sendable {
    /// The model asked for; `nil` or empty is the first one served.
    package var model: String?
    /// Whether the answer is streamed.
    package var stream = false
    /// What a stream carries besides text.
    package var streamOptions = StreamOptions()
    /// Whether prompt and completion token ids are part of the answer.
    package var returnTokenIDs = false
    /// Whether reasoning is part of the answer.
    package var includesReasoning = true
    /// How many likeliest tokens are reported at each position of the prompt, -1 for all; `nil` for none of this.
    package var promptLogprobs: Int?
    /// Whether log-probabilities show tokens as `token_id:ID`.
    package var showsTokensAsIDs = false
    /// The least number of tokens of a stream's events; `nil` for the server's.
    package var streamInterval: Int?
    /// The most tokens of a prompt, -1 for what the context has room for; `nil` leaves prompts whole.
    private var truncatedCount: Int?
    private var truncationSide = "left"
    /// The client's stem of the response id.
    package var requestID: String?
    /// Separates prefix-cache entries.
    package var cacheSalt: String?
    /// Lower values are scheduled first under the priority policy.
    package var priority = 0

    static let fields: [Field<RequestOptions>] = [
        Field("model", \.model, .string),
        Field("stream", \.stream, .boolean),
        Field("stream_options", \.streamOptions, .streamOptions),
        Field("return_token_ids", \.returnTokenIDs, .boolean),
        Field("prompt_logprobs", \.promptLogprobs, .integer),
        Field("return_tokens_as_token_ids", \.showsTokensAsIDs, .boolean),
        Field("stream_interval", \.streamInterval, .positive),
        Field("truncate_prompt_tokens", \.truncatedCount, .atLeastMinusOne),
        Field("truncation_side", \.truncationSide, .literal(["left", "right"])),
        Field("request_id", \.requestID, .string),
        Field("cache_salt", \.cacheSalt, .string(\.maxNameLength)),
        Field("priority", \.priority, .integer64),
        .unused("user", .string),
        .unused("session_id", .string),
        Field("include_reasoning", \.includesReasoning, .boolean),
    ]

    /// How prompts are cut; `nil` leaves them whole.
    package var truncation: PromptTruncation? {
        truncatedCount.map { PromptTruncation(tokenCount: $0, keepsFirst: truncationSide == "right") }
    }

    /// Checks what concerns several fields, on the raw values.
    ///
    /// - Throws: 400 that names the field.
    static func checkStreamOptions(of object: JSONObject) throws(APIError) {
        if PythonText.isTrue(object["stream_options"]), !PythonText.isTrue(object["stream"]) {
            throw .badRequest("Stream options can only be defined when `stream=True`.", param: "stream_options")
        }
    }

    /// Checks how many log-probabilities of the prompt are asked for, on the raw values.
    ///
    /// - Throws: 400 that names the field.
    static func checkPromptLogprobs(of object: JSONObject) throws(APIError) {
        guard let value = object["prompt_logprobs"], !value.isNull else { return }
        let count = try LogprobsField.count(value, "prompt_logprobs")
        if count != 0, PythonText.isTrue(object["stream"]) {
            throw .badRequest("`prompt_logprobs` are not available when `stream=True`.", param: "prompt_logprobs")
        }
    }

    /// Checks the texts that name things.
    ///
    /// - Throws: 400 that names the field.
    func checkNames() throws(APIError) {
        if let salt = cacheSalt {
            let isFitting = !salt.utf8.isEmpty && salt.unicodeScalars.count <= 128
            if !isFitting || salt.utf8.contains(where: { [0, 0x2F, 0x40, 0x5C].contains($0) }) {
                throw .badRequest(
                    "cache_salt must be a non-empty string of at most 128 characters without '@', '/', '\\' and NUL.",
                    param: "cache_salt"
                )
            }
        }
        if let requestID, !Self.isValidRequestID(requestID) {
            throw .badRequest("request_id must consist of 1 to 256 visible ASCII characters.", param: "request_id")
        }
    }

    /// Whether a client's name for its request, in the body or a header, may become part of ids and headers.
    package static func isValidRequestID(_ id: String) -> Bool {
        (1...256).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

/// What a stream carries besides text.
package struct StreamOptions: Sendable, Hashable {
    /// Whether a last chunk tells the usage.
    package var includeUsage = false
    /// Whether every chunk tells the usage so far; only together with `includeUsage`.
    package var continuousUsage = false

    /// No usage.
    package init() {}

    static let fields: [Field<StreamOptions>] = [
        Field("include_usage", \.includeUsage, .boolean),
        Field("continuous_usage_stats", \.continuousUsage, .boolean),
    ]
}

extension Coercion<StreamOptions> {
    /// The object of `stream_options`.
    static let streamOptions = Coercion { value, location, reader in
        guard case .object(let object) = value else {
            reader.report(
                "model_attributes_type",
                location,
                "Input should be a valid dictionary or object to extract fields from",
                value
            )
            return nil
        }
        var options = StreamOptions()
        for field in StreamOptions.fields {
            guard let value = object[field.name], !value.isNull else { continue }
            field.read(value, location.child(field.name), &reader, &options)
        }
        options.continuousUsage = options.continuousUsage && options.includeUsage
        return options
    }
}
