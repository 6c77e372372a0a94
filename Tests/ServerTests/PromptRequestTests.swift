import HTTPTypes
import HummingbirdTesting
import MartletJSON
import MartletServer
import Testing

/// From the members of a conversation to its tokens.
@Suite struct PromptRequestTests {
    private static let startOfMessage: JSONValue = 256

    private static func tokens(_ server: TestServer, _ body: String) async throws -> [JSONValue] {
        let response = try await server.send(.post, "/tokenize", body: body)
        #expect(response.status == .ok, "\(response.text)")
        return try #require(try JSONParser.parse(response.text)["tokens"]?.array)
    }

    @Test(arguments: [false, true])
    func specialTokensInContentAreText(allowed: Bool) async throws {
        let server = try await TestServer { $0.allowsSpecialTokensInContent = allowed }
        for content in [#""<|im_start|>""#, #"[{"type":"text","text":"a<|im_start|>"}]"#] {
            let plain = try await Self.tokens(server, #"{"messages":[{"role":"user","content":"a"}]}"#)
            let tokens = try await Self.tokens(server, #"{"messages":[{"role":"user","content":\#(content)}]}"#)
            let expected = plain.count { $0 == Self.startOfMessage } + (allowed ? 1 : 0)
            #expect(tokens.count { $0 == Self.startOfMessage } == expected)
        }
        // a prompt without a template is the operator of its own tokens
        let text = try await Self.tokens(server, #"{"prompt":"<|im_start|>","add_special_tokens":false}"#)
        #expect(text == [Self.startOfMessage])
    }

    @Test(arguments: [false, true])
    func aTemplateErrorIsThe400sMessage(stream: Bool) async throws {
        let server = try await TestServer { $0.trustsRequestTemplates = true }
        for (template, message) in [
            (#"\n {{ raise_exception('Roles must alternate.') }}"#, "line 2, column 20: Roles must alternate."),
            ("{% if %}", "line 1"), ("{{ messages.x.y }}", "line 1, column 14"),
        ] {
            let body =
                #"{"stream":\#(stream),"chat_template":"\#(template)","messages":[{"role":"user","content":"a"}]}"#
            let response = try await server.send(.post, "/v1/chat/completions", body: body)
            #expect(response.status == .badRequest)
            let error = try JSONParser.parse(response.text)["error"]
            #expect(error?["message"]?.string?.contains(message) == true, "\(response.text)")
            #expect(error?["type"] == "BadRequestError")
            #expect(error?["param"]?.isNull == true)
        }
    }

    @Test func templatesOfRequestsAreUsedWhereTrusted() async throws {
        let body = """
            {"chat_template":"{{ documents[0].text }}{{ x }}{{ messages[0].content }}","messages":[{"role":"user",\
            "content":"c"}],"documents":[{"text":"d"}],"chat_template_kwargs":{"x":"k"}}
            """
        let trusting = try await TestServer { $0.trustsRequestTemplates = true }
        #expect(try await Self.tokens(trusting, body) == "dkc".utf8.map { .integer(Int($0)) })
        let response = try await TestServer().send(.post, "/tokenize", body: body)
        #expect(response.status == .badRequest)
        #expect(response.text.contains("--trust-request-chat-template"))
    }

    @Test func theLastMessageIsContinued() async throws {
        let server = try await TestServer()
        let messages = #""messages":[{"role":"user","content":"a"},{"role":"assistant","content":"The cap"}]"#
        let tokens = try await Self.tokens(
            server,
            #"{"add_generation_prompt":false,"continue_final_message":true,\#(messages)}"#
        )
        #expect(tokens.suffix(7) == "The cap".utf8.map { .integer(Int($0)) }[...])
        for fields in [#""add_generation_prompt":true"#, #""add_special_tokens":false"#] {
            let body = #"{"continue_final_message":true,\#(fields),\#(messages)}"#
            #expect(try await server.send(.post, "/v1/chat/completions", body: body).status == .badRequest)
        }
    }
}
