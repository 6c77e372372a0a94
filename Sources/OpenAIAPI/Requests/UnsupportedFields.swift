import MartletJSON

/// The requests that fields belong to.
struct RequestKind: OptionSet, Sendable {
    let rawValue: Int

    static let chat = RequestKind(rawValue: 1)
    static let completion = RequestKind(rawValue: 2)
    static let tokenize = RequestKind(rawValue: 4)
    static let responses = RequestKind(rawValue: 8)
    static let messages = RequestKind(rawValue: 16)
    static let generation: RequestKind = [.chat, .completion]
    static let conversation: RequestKind = [.chat, .tokenize]
    static let all: RequestKind = [.chat, .completion, .tokenize]
}

/// A documented field that would change the result and that this server does not implement.
///
/// Such a field is refused by name, never ignored; `null` and the values that change nothing are accepted. Who
/// implements a field deletes its row.
struct UnsupportedField: Sendable {
    /// The field's name.
    let name: String
    /// The requests that know it.
    let kinds: RequestKind
    /// Why it is refused: the end of the sentence.
    let reason: String
    /// Whether a value that is not null changes nothing.
    let isHarmless: @Sendable (JSONValue, JSONObject) -> Bool

    init(
        _ name: String,
        _ kinds: RequestKind,
        _ reason: String,
        isHarmless: @escaping @Sendable (JSONValue, JSONObject) -> Bool = { _, _ in false }
    ) {
        self.name = name
        self.kinds = kinds
        self.reason = reason
        self.isHarmless = isHarmless
    }

    /// Refuses the first unsupported field that would change the result.
    ///
    /// - Throws: 400 with the field as `param`.
    static func check(_ object: JSONObject, for kind: RequestKind) throws(APIError) {
        for field in all where field.kinds.contains(kind) {
            guard let value = object[field.name], !value.isNull, !field.isHarmless(value, object) else { continue }
            throw .badRequest("`\(field.name)` is not supported: \(field.reason).", param: field.name)
        }
    }

    static let all: [UnsupportedField] = [
        // search
        UnsupportedField("best_of", .chat, "it must equal `n`", isHarmless: equalsChoices),
        UnsupportedField("thinking_token_budget", .completion, "only chats think", isHarmless: isMinusOne),
        UnsupportedField("logits_processors", .generation, "it is not implemented", isHarmless: isEmptyList),
        UnsupportedField("vllm_xargs", .generation, "the server has no extensions", isHarmless: isEmpty),
        // the prompt
        UnsupportedField("prompt_embeds", .completion, "prompts are text or token ids"),
        UnsupportedField("suffix", .completion, "the model does not fill in the middle"),
        UnsupportedField("truncate_prompt_tokens", .tokenize, "prompts are never cut"),
        UnsupportedField("media_io_kwargs", .conversation, "the model takes text only", isHarmless: isEmpty),
        UnsupportedField("mm_processor_kwargs", .all, "the model takes text only", isHarmless: isEmpty),
        UnsupportedField("mm_payload", .generation, "the model takes text only"),
        UnsupportedField("audio", .chat, "the model answers in text only"),
        UnsupportedField("modalities", .chat, "the model answers in text only", isHarmless: isTextOnly),
        UnsupportedField("web_search_options", .chat, "the server does not search the web"),
        // what the answer carries
        UnsupportedField("return_token_offsets", .generation, "it is not implemented", isHarmless: isFalse),
        UnsupportedField("routed_experts_prompt_start", .generation, "it is not implemented"),
        UnsupportedField("watermarking", .generation, "it is not implemented", isHarmless: isFalse),
        // responses and messages
        UnsupportedField("prompt", .responses, "prompt templates are not stored"),
        UnsupportedField("conversation", .responses, "use `previous_response_id`"),
        UnsupportedField("truncation", .responses, "prompts are never cut") { value, _ in value != "auto" },
        UnsupportedField(
            "context_management",
            [.responses, .messages],
            "prompts are never cut",
            isHarmless: isEmptyList
        ),
        UnsupportedField("previous_input_messages", .responses, "use `previous_response_id`"),
        UnsupportedField("previous_response", .responses, "use `previous_response_id`"),
        UnsupportedField("enable_response_messages", .responses, "it is not implemented", isHarmless: isFalse),
        UnsupportedField("use_beam_search", .responses, "beam search is not implemented", isHarmless: isFalse),
        UnsupportedField("vllm_xargs", .responses, "the server has no extensions", isHarmless: isEmpty),
        UnsupportedField("mm_processor_kwargs", .responses, "the model takes text only", isHarmless: isEmpty),
        UnsupportedField("mcp_servers", .messages, "the server calls no tools itself", isHarmless: isEmptyList),
        UnsupportedField("container", .messages, "the server runs no code"),
        UnsupportedField("kv_transfer_params", [.responses, .messages], "the server has no cache transfer"),
        // between servers
        UnsupportedField("kv_transfer_params", .generation, "the server has no cache transfer"),
        UnsupportedField("ec_transfer_params", .generation, "the server has no cache transfer"),
    ]

    private static func isEmpty(_ value: JSONValue, _: JSONObject) -> Bool {
        value.object?.isEmpty ?? false
    }

    private static func isEmptyList(_ value: JSONValue, _: JSONObject) -> Bool {
        value.array?.isEmpty ?? false
    }

    private static func isFalse(_ value: JSONValue, _: JSONObject) -> Bool { value == .bool(false) || value == 0 }

    private static func isMinusOne(_ value: JSONValue, _: JSONObject) -> Bool { value.integer == -1 }

    private static func isTextOnly(_ value: JSONValue, _: JSONObject) -> Bool { value == ["text"] }

    private static func equalsChoices(_ value: JSONValue, _ object: JSONObject) -> Bool {
        value.integer == object["n"]?.integer ?? 1
    }
}
