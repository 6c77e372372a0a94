import HTTPTypes
import HummingbirdTesting
import MartletJSON
import MartletServer
import Testing

/// `/v1/responses` and `/v1/messages` of a server without a socket.
@Suite struct ResponsesRouteTests {
    private static let create = #"{"input":"Hi","temperature":0,"max_output_tokens":4,"ignore_eos":true}"#
    private static let message =
        #"{"model":"tiny","max_tokens":4,"temperature":0,"messages":[{"role":"user","content":"Hi"}]}"#

    private func json(_ text: String) throws -> JSONValue { try JSONParser.parse(text) }

    /// The text of a stream's deltas.
    private func joined(_ stream: String, _ type: String, _ member: (JSONValue) -> JSONValue?) throws -> String {
        try stream.split(separator: "\n\n").filter { $0.hasPrefix("event: \(type)\n") }
            .compactMap { member(try json(String($0.drop { $0 != "{" })))?.string }.joined()
    }

    @Test func allFormatsSayTheSame() async throws {
        let server = try await TestServer()
        let body = #"{"messages":[{"role":"user","content":"Hi"}],"temperature":0,"max_tokens":4,"ignore_eos":true}"#
        let chat = try json(try await server.send(.post, "/v1/chat/completions", body: body).text)
        let expected = chat["choices"]?[0]?["message"]?["content"]?.string
        let response = try json(try await server.send(.post, "/v1/responses", body: Self.create).text)
        #expect(response["output"]?[0]?["content"]?[0]?["text"]?.string == expected)
        #expect(response["status"] == "incomplete")
        #expect(response["usage"]?["input_tokens"] == chat["usage"]?["prompt_tokens"])
        let streamed = Self.create.dropLast() + #","stream":true}"#
        let stream = try await server.send(.post, "/v1/responses", body: String(streamed)).text
        #expect(try joined(stream, "response.output_text.delta") { $0["delta"] } == expected)
        #expect(!stream.contains("[DONE]"))
        let message = try json(try await server.send(.post, "/v1/messages", body: Self.message).text)
        let messageText = message["content"]?[0]?["text"]?.string ?? ""
        #expect(expected?.hasPrefix(messageText) == true)
        let events = try await server.send(
            .post,
            "/v1/messages",
            body: String(Self.message.dropLast() + #","stream":true}"#)
        ).text
        #expect(try joined(events, "content_block_delta") { $0["delta"]?["text"] } == messageText)
        #expect(events.hasSuffix("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"))
    }

    @Test func responsesAreKept() async throws {
        let server = try await TestServer()
        let created = try await server.send(.post, "/v1/responses", body: Self.create).text
        let id = try #require(try json(created)["id"]?.string)
        #expect(try await server.send(.get, "/v1/responses/\(id)").text == created)
        let next = #"{"input":"More","temperature":0,"max_output_tokens":2,"previous_response_id":"\#(id)"}"#
        let answer = try json(try await server.send(.post, "/v1/responses", body: next).text)
        let text = try #require(try json(created)["output"]?[0]?["content"]?[0]?["text"])
        let items: JSONValue = [
            ["role": "user", "content": "Hi"], ["role": "assistant", "content": text],
            ["role": "user", "content": "More"],
        ]
        let whole = #"{"input":\#(items.serialized),"temperature":0,"max_output_tokens":2,"store":false}"#
        let same = try json(try await server.send(.post, "/v1/responses", body: whole).text)
        #expect(answer["usage"]?["input_tokens"] == same["usage"]?["input_tokens"])
        #expect(answer["output"]?[0]?["content"] == same["output"]?[0]?["content"])
        #expect(answer["previous_response_id"] == .string(id))
        let unkept = try #require(same["id"]?.string)
        #expect(try await server.send(.get, "/v1/responses/\(unkept)").status.code == 404)
        #expect(try await server.send(.post, "/v1/responses/\(id)/cancel").status.code == 400)
        #expect(try await server.send(.delete, "/v1/responses/\(id)").text.contains("\"deleted\":true"))
        #expect(try await server.send(.get, "/v1/responses/\(id)").status.code == 404)
        #expect(try await server.send(.post, "/v1/responses", body: next).status.code == 404)
    }

    @Test func countIsThePromptsLength() async throws {
        let server = try await TestServer()
        let count = try json(try await server.send(.post, "/v1/messages/count_tokens", body: Self.message).text)
        let message = try json(try await server.send(.post, "/v1/messages", body: Self.message).text)
        #expect(count["input_tokens"] == message["usage"]?["input_tokens"])
    }

    @Test(arguments: [
        ("/v1/messages", 200), ("/v1/messages/count_tokens", 200), ("/v1/responses", 401),
        ("/v1/chat/completions", 401),
    ])
    func theKeyAlone(path: String, status: Int) async throws {
        let server = try await TestServer { $0.apiKeys = ["key"] }
        let name = try #require(HTTPField.Name("x-api-key"))
        let headers: HTTPFields = [.contentType: "application/json", name: "key"]
        #expect(try await server.send(.post, path, headers: headers, body: Self.message).status.code == status)
        let wrong: HTTPFields = [.contentType: "application/json", name: "other"]
        #expect(try await server.send(.post, path, headers: wrong, body: Self.message).status.code == 401)
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/v1/responses/resp_none", 404), (.post, "/v1/responses/resp_none/cancel", 404),
        (.post, "/v1/responses/resp_none", 405), (.delete, "/v1/responses/resp_none", 404),
        (.get, "/v1/responses", 405), (.get, "/v1/messages", 405),
    ])
    func refusals(method: HTTPRequest.Method, uri: String, status: Int) async throws {
        let response = try await TestServer().send(method, uri)
        #expect(response.status.code == status)
        #expect(try json(response.text)["error"]?["code"]?.integer == status)
    }
}
