import MartletJSON
import MartletOpenAIAPI
import Testing

/// Recorded answers, taken apart into values and written again, are the same bytes.
@Suite struct WireResponseTests {
    /// Answers with parts that this server does not write, and why.
    static let omitted: [String: String] = [
        "chat-prompt-logprobs": "prompt log-probabilities are not implemented",
        "comp-prompt-logprobs": "prompt log-probabilities are not implemented",
        "comp-echo-logprobs": "prompt log-probabilities are not implemented",
        "comp-echo-max0-logprobs": "prompt log-probabilities are not implemented",
        "override-max-new-tokens-caps": "metrics of single requests are not implemented",
        "per-request-metrics-stream": "metrics of single requests are not implemented",
        "envkey-ok": "metrics of single requests are not implemented",
    ]

    private static func answers(_ path: String) -> [WirePair] {
        WirePair.all.filter {
            $0.path == path && $0.status == 200 && $0.body != nil && omitted[$0.name] == nil
        }
    }

    private func expectSame(_ bytes: [UInt8], _ pair: WirePair) {
        #expect(String(decoding: bytes, as: UTF8.self) == pair.body)
    }

    @Test(arguments: answers("/v1/chat/completions")) func chat(pair: WirePair) throws {
        let answer = try #require(pair.answer)
        var response = ChatCompletionResponse(
            head: try recordedHead(answer),
            choices: [],
            usage: try recordedUsage(answer["usage"]),
            promptTokenIDs: integers(answer["prompt_token_ids"]),
            promptText: answer["prompt_text"]?.string
        )
        for choice in try #require(answer["choices"]?.array) {
            let message = try #require(choice["message"])
            var value = ChatCompletionResponse.Choice(
                index: try #require(choice["index"]?.integer),
                content: message["content"]?.string,
                finish: try finish(choice),
                logprobs: try chatLogprobs(choice["logprobs"]),
                tokenIDs: integers(choice["token_ids"])
            )
            value.reasoning = message["reasoning"]?.string
            value.toolCalls = try (message["tool_calls"]?.array ?? []).map { call in
                ToolCallOutput(
                    id: try #require(call["id"]?.string),
                    name: try #require(call["function"]?["name"]?.string),
                    arguments: try #require(call["function"]?["arguments"]?.string)
                )
            }
            response.choices.append(value)
        }
        expectSame(response.body, pair)
    }

    @Test(arguments: answers("/v1/completions")) func completion(pair: WirePair) throws {
        let answer = try #require(pair.answer)
        var response = CompletionResponse(
            head: try recordedHead(answer),
            choices: [],
            usage: try recordedUsage(answer["usage"])
        )
        for choice in try #require(answer["choices"]?.array) {
            response.choices.append(
                CompletionResponse.Choice(
                    index: try #require(choice["index"]?.integer),
                    text: try #require(choice["text"]?.string),
                    finish: try finish(choice),
                    logprobs: try completionLogprobs(choice["logprobs"]),
                    tokenIDs: integers(choice["token_ids"]),
                    promptTokenIDs: integers(choice["prompt_token_ids"])
                )
            )
        }
        expectSame(response.body, pair)
    }

    @Test(arguments: answers("/tokenize")) func tokenize(pair: WirePair) throws {
        let answer = try #require(pair.answer)
        let response = TokenizeResponse(
            tokens: try #require(integers(answer["tokens"])),
            tokenStrings: answer["token_strs"]?.array?.compactMap(\.string),
            maxModelLength: try #require(answer["max_model_len"]?.integer)
        )
        expectSame(response.body, pair)
    }

    @Test(arguments: answers("/detokenize")) func detokenize(pair: WirePair) throws {
        expectSame(DetokenizeResponse(prompt: try #require(pair.answer?["prompt"]?.string)).body, pair)
    }

    @Test(arguments: answers("/version")) func version(pair: WirePair) throws {
        expectSame(VersionResponse(version: try #require(pair.answer?["version"]?.string)).body, pair)
    }

    @Test(arguments: answers("/v1/models") + answers("/proxy/v1/models")) func models(pair: WirePair) throws {
        let cards = try #require(pair.answer?["data"]?.array).map { model in
            ModelCard(
                id: try #require(model["id"]?.string),
                created: try #require(model["created"]?.integer),
                root: try #require(model["root"]?.string),
                parent: model["parent"]?.string,
                maxModelLength: model["max_model_len"]?.integer,
                permissionID: try #require(model["permission"]?[0]?["id"]?.string)
            )
        }
        expectSame(ModelCard.listBody(cards), pair)
        let bodies = cards.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(pair.body == "{\"object\":\"list\",\"data\":[\(bodies.joined(separator: ","))]}")
    }
}

// MARK: - Values of recorded JSON

func recordedHead(_ answer: JSONValue) throws -> ResponseHead {
    ResponseHead(
        id: try #require(answer["id"]?.string),
        created: try #require(answer["created"]?.integer),
        model: try #require(answer["model"]?.string),
        systemFingerprint: answer["system_fingerprint"]?.string
    )
}

func recordedUsage(_ value: JSONValue?) throws -> Usage {
    var usage = Usage(
        promptTokens: try #require(value?["prompt_tokens"]?.integer),
        completionTokens: try #require(value?["completion_tokens"]?.integer)
    )
    if let details = value?["prompt_tokens_details"]?.object {
        usage.promptDetails = Usage.PromptDetails(
            cachedTokens: try #require(details["cached_tokens"]?.integer),
            createdCacheTokens: details["created_cache_tokens"]?.integer
        )
    }
    usage.reasoningTokens = value?["completion_tokens_details"]?["reasoning_tokens"]?.integer
    return usage
}

func integers(_ value: JSONValue?) -> [Int]? { value?.array?.compactMap(\.integer) }

func finish(_ choice: JSONValue) throws -> ChoiceFinish {
    let reason = try #require(choice["finish_reason"]?.string.flatMap { ChoiceFinish.Reason(rawValue: $0) })
    let stopReason: ChoiceFinish.StopReason? =
        choice["stop_reason"]?.string.map { .text($0) } ?? choice["stop_reason"]?.integer.map { .token($0) }
    return ChoiceFinish(reason, stopReason: stopReason)
}

func chatLogprobs(_ value: JSONValue?) throws -> [PositionLogprobs]? {
    func token(_ value: JSONValue) throws -> LogprobToken {
        LogprobToken(
            id: 0,
            text: try #require(value["token"]?.string),
            logprob: Float(try #require(value["logprob"]?.double))
        )
    }
    return try value?["content"]?.array?.map {
        PositionLogprobs(chosen: try token($0), top: try ($0["top_logprobs"]?.array ?? []).map(token))
    }
}

/// The recorded maps as the values they were made of: the chosen token is number 0, the others follow.
func completionLogprobs(_ value: JSONValue?) throws -> CompletionLogprobs? {
    guard let tokens = value?["tokens"]?.array else { return nil }
    var logprobs = CompletionLogprobs(offset: try #require(value?["text_offset"]?[0]?.integer))
    for (index, token) in tokens.enumerated() {
        let top = try #require(value?["top_logprobs"]?[index]?.object)
        logprobs.append(
            PositionLogprobs(
                chosen: LogprobToken(
                    id: 0,
                    text: try #require(token.string),
                    logprob: Float(try #require(value?["token_logprobs"]?[index]?.double))
                ),
                top: top.enumerated().map { place, member in
                    LogprobToken(id: place + 1, text: member.key, logprob: Float(member.value.double ?? 0))
                }
            )
        )
    }
    return logprobs
}
