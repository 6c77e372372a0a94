import MartletJSON
import MartletOpenAIAPI
import Testing

/// Recorded answers of `/v1/responses` and `/v1/messages`, taken apart into values and written again, are the same bytes.
@Suite struct WireAnswerTests {
    private static func pairs(_ path: String, _ isFitting: (WirePair) -> Bool) -> [WirePair] {
        WirePair.all.filter { $0.path == path && $0.status == 200 && isFitting($0) }
    }

    /// What a recorded response repeats of its request, beside what `decode` reads.
    private func response(_ answer: JSONValue, _ pair: WirePair) throws -> ResponseObject {
        let request = try ResponsesRequest.decode(pair.requestBody)
        var echo = request.echo
        echo.temperature = try #require(answer["temperature"]?.double)
        echo.topP = try #require(answer["top_p"]?.double)
        echo.maxOutputTokens = try #require(answer["max_output_tokens"]?.integer)
        return ResponseObject(
            id: try #require(answer["id"]?.string),
            created: try #require(answer["created_at"]?.integer),
            model: try #require(answer["model"]?.string),
            echo: echo
        )
    }

    private func finish(_ response: inout ResponseObject, _ answer: JSONValue) throws {
        response.status = try #require(answer["status"]?.string.flatMap { .init(rawValue: $0) })
        response.usage = Usage(
            promptTokens: try #require(answer["usage"]?["input_tokens"]?.integer),
            completionTokens: try #require(answer["usage"]?["output_tokens"]?.integer),
            cachedTokens: answer["usage"]?["input_tokens_details"]?["cached_tokens"]?.integer
        )
    }

    private func item(_ item: JSONValue) throws -> ResponseItem {
        let content: ResponseItem.Content =
            if item["type"] == "function_call" {
                .functionCall(
                    id: try #require(item["call_id"]?.string),
                    name: try #require(item["name"]?.string),
                    arguments: try #require(item["arguments"]?.string)
                )
            } else {
                .message(try #require(item["content"]?[0]?["text"]?.string), logprobs: nil)
            }
        return ResponseItem(id: try #require(item["id"]?.string), content: content)
    }

    @Test(arguments: pairs("/v1/responses") { $0.body != nil }) func response(pair: WirePair) throws {
        let answer = try #require(pair.answer)
        var response = try response(answer, pair)
        try finish(&response, answer)
        response.output = try (answer["output"]?.array ?? []).map { try item($0) }
        #expect(String(decoding: response.body, as: UTF8.self) == pair.body)
    }

    @Test(arguments: pairs("/v1/responses") { $0.events != nil }) func responseEvents(pair: WirePair) throws {
        let events = try (pair.events ?? "").split(separator: "\n\n").map { text in
            try JSONParser.parse(String(text.drop { $0 != "{" }))
        }
        let id = events.compactMap { $0["item"]?["id"]?.string }.first ?? ""
        var writer = ResponseEventWriter { prefix in
            #expect(id.hasPrefix(prefix))
            return id
        }
        var response = try response(try #require(events.first?["response"]), pair)
        var bytes: [UInt8] = []
        writer.begin(response, to: &bytes)
        for event in events {
            switch event["type"]?.string {
            case "response.output_item.added":
                guard let call = event["item"]?["call_id"]?.string else { break }
                writer.append(.callBegin(id: call, name: event["item"]?["name"]?.string ?? ""), to: &bytes)
            case "response.output_text.delta":
                writer.append(.text(event["delta"]?.string ?? "", logprobs: nil), to: &bytes)
            case "response.function_call_arguments.delta":
                writer.append(.callArguments(event["delta"]?.string ?? ""), to: &bytes)
            case "response.output_item.done": writer.endItem(to: &bytes)
            default: break
            }
        }
        try finish(&response, try #require(events.last?["response"]))
        response.output = writer.items
        writer.end(response, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == pair.events)
    }

    @Test(arguments: pairs("/v1/messages") { $0.body != nil }) func message(pair: WirePair) throws {
        let answer = try #require(pair.answer)
        let head = ResponseHead(
            id: try #require(answer["id"]?.string),
            created: 0,
            model: try #require(answer["model"]?.string)
        )
        let isCut = answer["stop_reason"] == "max_tokens"
        let response = MessageResponse(
            head: head,
            blocks: (answer["content"]?.array ?? []).compactMap { $0["text"]?.string.map { .text($0) } },
            stop: MessageStop(ChoiceFinish(isCut ? .length : .stop), hasCalls: false),
            usage: try messageUsage(answer["usage"])
        )
        #expect(String(decoding: response.body, as: UTF8.self) == pair.body)
    }

    @Test(arguments: pairs("/v1/messages") { $0.events != nil }) func messageEvents(pair: WirePair) throws {
        let events = try (pair.events ?? "").split(separator: "\n\n").map { text in
            try JSONParser.parse(String(text.drop { $0 != "{" }))
        }
        let start = try #require(events.first?["message"])
        let head = ResponseHead(
            id: try #require(start["id"]?.string),
            created: 0,
            model: try #require(start["model"]?.string)
        )
        var writer = MessageEventWriter { "signature" }
        var bytes: [UInt8] = []
        writer.begin(head, usage: try messageUsage(start["usage"]), to: &bytes)
        for event in events {
            let block = event["content_block"]
            let delta = event["delta"]
            switch event["type"]?.string {
            case "content_block_start" where block?["type"] == "tool_use":
                writer.append(
                    .callBegin(id: block?["id"]?.string ?? "", name: block?["name"]?.string ?? ""),
                    to: &bytes
                )
            case "content_block_delta":
                if let text = delta?["text"]?.string { writer.append(.text(text, logprobs: nil), to: &bytes) }
                if let text = delta?["partial_json"]?.string { writer.append(.callArguments(text), to: &bytes) }
            case "content_block_stop": writer.endBlock(to: &bytes)
            case "message_delta":
                let isCut = delta?["stop_reason"] == "max_tokens"
                let stop = MessageStop(ChoiceFinish(isCut ? .length : .stop), hasCalls: writer.hasCalls)
                writer.end(stop, usage: try messageUsage(event["usage"]), to: &bytes)
            default: break
            }
        }
        #expect(String(decoding: bytes, as: UTF8.self) == pair.events)
    }

    @Test(arguments: WirePair.all.filter { $0.path == "/v1/messages" && $0.status == 404 && $0.answer?["type"] != nil })
    func messageError(pair: WirePair) throws {
        let error = errorOf { () throws(APIError) in
            _ = try MessagesRequest.decode(
                pair.requestBody,
                for: .answer,
                context: RequestContext(servedModels: pair.servedModels)
            )
        }
        #expect(String(decoding: try #require(error).messageBody, as: UTF8.self) == pair.body)
    }

    @Test(arguments: pairs("/v1/messages/count_tokens") { _ in true }) func count(pair: WirePair) throws {
        let count = try #require(pair.answer?["input_tokens"]?.integer)
        #expect(String(decoding: MessageTokenCount(tokenCount: count).body, as: UTF8.self) == pair.body)
    }

    private func messageUsage(_ usage: JSONValue?) throws -> Usage {
        Usage(
            promptTokens: try #require(usage?["input_tokens"]?.integer),
            completionTokens: try #require(usage?["output_tokens"]?.integer)
        )
    }
}
