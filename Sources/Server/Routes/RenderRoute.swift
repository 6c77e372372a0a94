import HTTPTypes
import Hummingbird
import Martlet
import MartletEngine
import MartletJSON
import MartletOpenAIAPI
import MartletTokenizers

/// Answers `POST /v1/chat/completions/render` and `POST /v1/completions/render`: the tokens and the sampling of a
/// request, without generating.
struct RenderRoute: Sendable {
    let service: ModelService

    /// The routes.
    var routes: [Route] {
        [
            Route(.post, "/v1/chat/completions/render") { request, context, _ in
                try await chat(request, context: context)
            },
            Route(.post, "/v1/completions/render") { request, context, _ in
                try await completions(request, context: context)
            },
        ]
    }

    func chat(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(request, context: context, limit: service.configuration.maxBodyByteCount)
        let chat = try ChatCompletionRequest.decode(body, context: service.decoding)
        let (prompt, plan) = try await service.prepare(chat)
        let head = service.head(of: request, kind: "chatcmpl", requestID: chat.options.requestID)
        let kept = service.specialTokens(plan.markers)
        let sampling = try service.resolvedSampling(
            chat.sampling,
            budget: chat.outputBudget,
            logprobs: chat.logprobCount,
            promptTokenCount: prompt.tokens.count
        )
        let hasReasoning = service.configuration.formats.reasoning != nil
        let rendered = RenderedRequest(
            id: head.id,
            model: chat.options.model ?? service.modelName,
            tokens: prompt.tokens,
            sampling: sampling,
            skipsSpecialTokens: sampling.skipSpecialTokens && kept.isEmpty && !hasReasoning,
            options: chat.options,
            reasoningEnded: hasReasoning ? false : nil,
            templateVariables: hasReasoning ? Self.templateVariables(chat.conversation) : nil
        )
        return JSONResponse.make(Array(rendered.json.serialized.utf8))
    }

    func completions(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(request, context: context, limit: service.configuration.maxBodyByteCount)
        let completion = try CompletionRequest.decode(body, context: service.decoding)
        let head = service.head(of: request, kind: "cmpl", requestID: completion.options.requestID)
        var rendered: [JSONValue] = []
        for item in completion.prompts {
            let prompt = try await service.prompt(
                of: item,
                addSpecialTokens: completion.addSpecialTokens,
                truncation: completion.options.truncation,
                wantsText: false
            )
            let sampling = try service.resolvedSampling(
                completion.sampling,
                budget: completion.outputBudget,
                logprobs: completion.logprobs,
                promptTokenCount: prompt.tokens.count
            )
            let one = RenderedRequest(
                id: head.id,
                model: completion.options.model ?? service.modelName,
                tokens: prompt.tokens,
                sampling: sampling,
                skipsSpecialTokens: sampling.skipSpecialTokens,
                options: completion.options
            )
            rendered.append(one.json)
        }
        return JSONResponse.make(Array(JSONValue.array(rendered).serialized.utf8))
    }

    /// The variables that decide how the template writes reasoning.
    private static func templateVariables(_ conversation: Conversation) -> JSONObject {
        var variables = conversation.chatTemplateKwargs
        variables["cohere_format"] = variables["cohere_format"] ?? "cmd4"
        variables["add_generation_prompt"] = .bool(conversation.addGenerationPrompt)
        variables["continue_final_message"] = .bool(conversation.continueFinalMessage)
        return variables
    }
}

/// A request as an engine would get it, in the reference's words.
private struct RenderedRequest {
    var id: String
    var model: String
    var tokens: [TokenID]
    var sampling: ResolvedSampling
    var skipsSpecialTokens: Bool
    var options: RequestOptions
    var reasoningEnded: Bool?
    var templateVariables: JSONObject?

    var json: JSONValue {
        let stream: JSONValue = [
            "include_usage": .bool(options.streamOptions.includeUsage),
            "continuous_usage_stats": .bool(options.streamOptions.continuousUsage),
        ]
        let ended: JSONValue = reasoningEnded.map { JSONValue.bool($0) } ?? .null
        let variables: JSONValue = templateVariables.map { JSONValue.object($0) } ?? .null
        let salt: JSONValue = options.cacheSalt.map { JSONValue.string($0) } ?? .null
        return [
            "request_id": .string(id),
            "token_ids": .array(tokens.map { .integer($0.index) }),
            "token_offsets": nil,
            "features": nil,
            "content_parts": nil,
            "sampling_params": parameters,
            "model": .string(model),
            "reasoning_ended": ended,
            "reasoning_parser_kwargs": templateVariables == nil ? .null : ["chat_template_kwargs": variables],
            "return_token_ids": options.returnTokenIDs ? true : .null,
            "output_mode": "tokens",
            "stream": .bool(options.stream),
            "stream_options": options.streamOptions == StreamOptions() ? .null : stream,
            "cache_salt": salt,
            "priority": .integer(options.priority),
            "kv_transfer_params": nil,
            "ec_transfer_params": nil,
        ]
    }

    /// The parameters in the reference's order; whole numbers and flags that have their default are left out.
    private var parameters: JSONValue {
        var members = JSONObject()
        if sampling.n != 1 { members["n"] = .integer(sampling.n) }
        members["presence_penalty"] = .double(sampling.presencePenalty)
        members["frequency_penalty"] = .double(sampling.frequencyPenalty)
        members["repetition_penalty"] = .double(sampling.repetitionPenalty)
        members["temperature"] = .double(sampling.temperature)
        if !sampling.isGreedy {
            members["top_p"] = .double(sampling.topP)
            if sampling.topK > 0 { members["top_k"] = .integer(sampling.topK) }
            members["min_p"] = .double(sampling.minP)
        }
        if let seed = sampling.seed { members["seed"] = .integer(seed) }
        members["stop"] = .array(sampling.stop.map { .string($0) })
        members["stop_token_ids"] = .array(sampling.stopTokenIDs.map { .integer($0) })
        if sampling.ignoreEOS { members["ignore_eos"] = true }
        members["max_tokens"] = .integer(sampling.maxTokens)
        if sampling.minTokens > 0 { members["min_tokens"] = .integer(sampling.minTokens) }
        if let logprobs = sampling.logprobs { members["logprobs"] = .integer(logprobs) }
        if !skipsSpecialTokens { members["skip_special_tokens"] = false }
        if !sampling.spacesBetweenSpecialTokens { members["spaces_between_special_tokens"] = false }
        if sampling.includeStopStringInOutput { members["include_stop_str_in_output"] = true }
        members["output_kind"] = .integer(options.stream ? 1 : 2)
        members["skip_clone"] = true
        if !sampling.logitBias.isEmpty {
            let entries = sampling.logitBias.sorted { $0.key < $1.key }.map {
                (String($0.key), JSONValue.double($0.value))
            }
            members["logit_bias"] = .object(JSONObject(entries))
        }
        if let allowed = sampling.allowedTokenIDs {
            members["allowed_token_ids"] = .array(allowed.map { .integer($0) })
        }
        members["bad_words"] = .array(sampling.badWords.map { .string($0) })
        members["skip_reading_prefix_cache"] = false
        return .object(members)
    }
}
