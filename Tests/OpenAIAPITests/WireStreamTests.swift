import MartletJSON
import MartletOpenAIAPI
import Testing

/// Recorded event streams, taken apart into values and written again, are the same bytes.
@Suite struct WireStreamTests {
    /// Streams in which the reference writes tiny numbers without or with shorter exponents; the values are the same.
    private static let otherNumbers: Set<String> = ["rp-stream-logprobs"]

    /// One thing differs on purpose: with `include_usage`, events before the usage event have `"usage":null`.
    private func expected(_ event: String, _ json: JSONValue, _ options: StreamOptions) -> String {
        guard options.includeUsage, json["usage"] == nil else { return "data: \(event)\n\n" }
        let tail = json["choices"]?[0]?["delta"]?["role"] == nil ? 1 : event.utf8.count - roleTail(event)
        let bytes = Array(event.utf8)
        return "data: " + String(decoding: bytes.dropLast(tail), as: UTF8.self) + ",\"usage\":null"
            + String(decoding: bytes.suffix(tail), as: UTF8.self) + "\n\n"
    }

    /// Where the choices of a role event end.
    private func roleTail(_ event: String) -> Int {
        let bytes = Array(event.utf8)
        let mark = Array("\"finish_reason\":null}]".utf8)
        return bytes.indices.first { bytes[$0...].starts(with: mark) }.map { $0 + mark.count } ?? bytes.count
    }

    private static func streams(_ path: String) -> [WirePair] {
        WirePair.all.filter { pair in
            pair.path == path && pair.events != nil && WireResponseTests.omitted[pair.name] == nil
                // some of the reference's parsers leave the empty content out, or repeat an empty name
                && !pair.eventTexts.contains { $0.contains("{\"tool_calls\":[") || $0.contains("\"name\":null") }
        }
    }

    /// The events' JSON, and what the stream shows of its options: a usage event, usage in every event.
    private func parsed(_ pair: WirePair) throws -> (events: [JSONValue], head: ResponseHead, options: StreamOptions) {
        #expect(pair.events?.hasSuffix(String(decoding: ServerSentEvents.done, as: UTF8.self)) == true)
        let events = try pair.eventTexts.dropLast().map { try JSONParser.parse($0) }
        var head = try recordedHead(try #require(events.first))
        head.systemFingerprint = events.last?["system_fingerprint"]?.string
        var options = StreamOptions()
        options.includeUsage = events.last?["choices"]?.array?.isEmpty == true
        options.continuousUsage = events.first?["usage"] != nil
        return (events, head, options)
    }

    @Test(arguments: streams("/v1/chat/completions")) func chat(pair: WirePair) throws {
        let (events, head, options) = try parsed(pair)
        let writer = ChatCompletionChunkWriter(head: head, options: options)
        for (event, text) in zip(events, pair.eventTexts) {
            var bytes: [UInt8] = []
            let usage = try event["usage"].map { try recordedUsage($0) }
            if let choice = event["choices"]?[0] {
                let total = usage ?? Usage(promptTokens: 0, completionTokens: 0)
                let index = try #require(choice["index"]?.integer)
                if choice["delta"]?["role"] != nil {
                    writer.appendRole(
                        choice: index,
                        promptTokenIDs: integers(event["prompt_token_ids"]),
                        promptText: event["prompt_text"]?.string,
                        usage: total,
                        to: &bytes
                    )
                } else {
                    var delta = ChatCompletionChunkWriter.Delta(
                        choice: index,
                        content: choice["delta"]?["content"]?.string,
                        logprobs: try chatLogprobs(choice["logprobs"]),
                        tokenIDs: integers(choice["token_ids"])
                    )
                    delta.reasoning = choice["delta"]?["reasoning"]?.string
                    delta.toolCalls = try (choice["delta"]?["tool_calls"]?.array ?? []).map { call in
                        ToolCallDelta(
                            index: try #require(call["index"]?.integer),
                            id: call["id"]?.string,
                            name: call["function"]?["name"]?.string,
                            arguments: call["function"]?["arguments"]?.string
                        )
                    }
                    if choice["finish_reason"]?.isNull == false { delta.finish = try finish(choice) }
                    writer.append(delta, usage: total, to: &bytes)
                }
            } else {
                writer.appendUsage(try #require(usage), to: &bytes)
            }
            if Self.otherNumbers.contains(pair.name) {
                #expect(try JSONParser.parse(Array(bytes.dropFirst("data: ".utf8.count))) == event)
            } else {
                #expect(String(decoding: bytes, as: UTF8.self) == expected(text, event, options))
            }
        }
    }

    @Test(arguments: streams("/v1/completions")) func completion(pair: WirePair) throws {
        let (events, head, options) = try parsed(pair)
        let writer = CompletionChunkWriter(head: head, options: options)
        for (event, text) in zip(events, pair.eventTexts) {
            var bytes: [UInt8] = []
            let usage = try event["usage"].map { try recordedUsage($0) }
            if let choice = event["choices"]?[0] {
                var delta = CompletionChunkWriter.Delta(
                    choice: try #require(choice["index"]?.integer),
                    text: try #require(choice["text"]?.string),
                    logprobs: try completionLogprobs(choice["logprobs"]),
                    promptTokenIDs: integers(choice["prompt_token_ids"]),
                    tokenIDs: integers(choice["token_ids"])
                )
                if choice["finish_reason"]?.isNull == false { delta.finish = try finish(choice) }
                writer.append(delta, usage: usage ?? Usage(promptTokens: 0, completionTokens: 0), to: &bytes)
            } else {
                writer.appendUsage(try #require(usage), to: &bytes)
            }
            #expect(String(decoding: bytes, as: UTF8.self) == expected(text, event, options))
        }
    }
}
