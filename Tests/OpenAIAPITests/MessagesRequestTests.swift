import MartletJSON
import MartletOpenAIAPI
import Testing

@Suite struct MessagesRequestTests {
    private static let head = #""model":"m","max_tokens":9"#
    private static let hi = #""messages":[{"role":"user","content":"Hi"}]"#

    private func decode(_ fields: String) throws -> ChatCompletionRequest {
        try MessagesRequest.decode(Array("{\(Self.head),\(fields)}".utf8), for: .answer).chat
    }

    private func texts(_ message: JSONValue) -> [String] {
        (message["content"]?.array ?? []).compactMap { $0["text"]?.string }
    }

    @Test func fieldsAreThoseOfChats() throws {
        let chat = try decode(
            #"\#(Self.hi),"temperature":0.5,"top_k":3,"top_p":0.9,"stop_sequences":["x"],"stream":true,"metadata":{}"#
        )
        #expect(chat.outputBudget == OutputBudget(requested: 9))
        #expect(chat.sampling.temperature == 0.5 && chat.sampling.topK == 3 && chat.sampling.topP == 0.9)
        #expect(chat.sampling.stop == ["x"])
        #expect(chat.options.stream)
    }

    @Test func blocksAreMessages() throws {
        let messages = try decode(
            #"""
            "system":[{"type":"text","text":"S"},{"type":"text","text":"T","cache_control":{"type":"ephemeral"}}],
            "messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
            {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"text","text":"c"},{"type":"tool_use","id":"1","name":"f","input":{"x":1}}]},
            {"role":"user","content":[{"type":"text","text":"d"},
            {"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"r"},{"type":"text","text":"s"}]}]}]
            """#
        ).conversation.messages.map { $0.promptValue }
        #expect(messages.map { $0["role"]?.string } == ["system", "user", "assistant", "tool", "user"])
        #expect(texts(messages[0]) == ["ST"])
        #expect(texts(messages[1]) == ["a", "b"])
        #expect(texts(messages[2]) == ["c"])
        #expect(messages[2]["reasoning"] == "hm")
        #expect(messages[2]["tool_calls"]?[0]?["function"] == ["name": "f", "arguments": #"{"x":1}"#])
        #expect(messages[3]["tool_call_id"] == "1")
        #expect(texts(messages[3]) == ["r\ns"])
        #expect(texts(messages[4]) == ["d"])
    }

    @Test(arguments: [
        (#"{"type":"auto"}"#, ToolChoiceField.auto), (#"{"type":"any"}"#, .required), (#"{"type":"none"}"#, .none),
        (#"{"type":"tool","name":"f"}"#, .named("f")), ("null", .auto),
    ])
    func toolChoice(choice: String, expected: ToolChoiceField) throws {
        let tools = #""tools":[{"name":"f","description":"d","input_schema":{"properties":{}}}]"#
        let chat = try decode(#"\#(Self.hi),\#(tools),"tool_choice":\#(choice)"#)
        #expect(chat.tools.choice == expected)
        #expect(chat.tools.tools.first?.parameters == ["properties": [:], "type": "object"])
        #expect(chat.conversation.tools?.first?["function"]?["description"] == "d")
    }

    @Test func thinkingIsSwitchedAndBounded() throws {
        let on = try decode(#"\#(Self.hi),"thinking":{"type":"enabled","budget_tokens":1024}"#)
        #expect(on.conversation.chatTemplateKwargs["enable_thinking"] == true)
        #expect(on.thinkingTokenBudget == 1024)
        let off = try decode(#"\#(Self.hi),"thinking":{"type":"disabled"}"#)
        #expect(off.conversation.chatTemplateKwargs["enable_thinking"] == false)
        #expect(off.thinkingTokenBudget == nil)
        #expect(try decode(Self.hi).conversation.chatTemplateKwargs["enable_thinking"] == nil)
    }

    @Test func outputConfig() throws {
        let format = #"{"type":"json_schema","schema":{"type":"integer"}}"#
        let chat = try decode(#"\#(Self.hi),"output_config":{"effort":"low","format":\#(format)}"#)
        #expect(chat.output?.kind == .jsonSchema(["type": "integer"]))
        #expect(chat.conversation.reasoningEffort == "low")
    }

    @Test func countsNeedNoBudget() throws {
        let body = Array(#"{"model":"m",\#(Self.hi),"max_tokens":-1}"#.utf8)
        #expect(try MessagesRequest.decode(body, for: .count).chat.conversation.messages.count == 1)
    }

    @Test(arguments: [
        (#"{"model":"m","max_tokens":9}"#, "body.messages"), (#"{"model":"m",\#(hi)}"#, "body.max_tokens"),
        (#"{"max_tokens":9,\#(hi)}"#, "body.model"), (#"{"model":"","max_tokens":9,\#(hi)}"#, "body.model"),
        (#"{"model":"m","max_tokens":0,\#(hi)}"#, "body.max_tokens"), ("[]", "body"),
        (#"{\#(head),"messages":5}"#, "body.messages"), (#"{\#(head),"messages":[5]}"#, "body.messages.0"),
        (#"{\#(head),"messages":[{"content":"a"}]}"#, "body.messages.0.role"),
        (#"{\#(head),"messages":[{"role":"wizard","content":"a"}]}"#, "body.messages.0.role"),
        (#"{\#(head),"messages":[{"role":"user"}]}"#, "body.messages.0.content"),
        (#"{\#(head),"messages":[{"role":"user","content":null}]}"#, "body.messages.0.content.str"),
        (#"{\#(head),"messages":[{"role":"user","content":[{"type":"poem"}]}]}"#, "body.messages.0.content.0.type"),
        (#"{\#(head),"messages":[{"role":"user","content":[{"type":"text"}]}]}"#, "body.messages.0.content.0.text"),
        (
            #"{\#(head),"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}"#,
            "body.messages.0.content.0.tool_use_id"
        ),
        (#"{\#(head),\#(hi),"system":5}"#, "body.system.str"),
        (
            #"{\#(head),\#(hi),"stop_sequences":"x"}"#,
            "body.stop_sequences"
        ),
        (#"{\#(head),\#(hi),"stop_sequences":[""]}"#, "body.stop_sequences.0"),
        (#"{\#(head),\#(hi),"tools":[{"name":"f"}]}"#, "body.tools.0.input_schema"),
        (#"{\#(head),\#(hi),"tools":[{"input_schema":{}}]}"#, "body.tools.0.name"),
        (
            #"{\#(head),\#(hi),"tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"tool"}}"#,
            "body.tool_choice"
        ),
        (#"{\#(head),\#(hi),"thinking":{"type":"enabled"}}"#, "body.thinking.budget_tokens"),
        (#"{\#(head),\#(hi),"thinking":{"type":"enabled","budget_tokens":-5}}"#, "body.thinking.budget_tokens"),
    ])
    func schemaErrorsNameTheField(body: String, param: String) {
        let error = errorOf { () throws(APIError) in
            _ = try MessagesRequest.decode(Array(body.utf8), for: .answer)
        }
        #expect(error?.status == 400)
        #expect(error?.type == .schema)
        #expect(error?.param == param)
        #expect(error?.messageBody == error?.body)
    }

    @Test(arguments: [
        #""messages":[]"#, #""messages":[{"role":"user","content":[{"type":"image","source":{}}]}]"#,
        #"\#(hi),"tools":[{"type":"web_search_20250305","name":"w"}]"#, #"\#(hi),"tool_choice":{"type":"any"}"#,
        #"\#(hi),"mcp_servers":[{}]"#, #"\#(hi),"container":"c""#,
    ])
    func otherErrorsHaveTheirOwnForm(fields: String) {
        let error = errorOf { () throws(APIError) in
            _ = try MessagesRequest.decode(Array("{\(Self.head),\(fields)}".utf8), for: .answer)
        }
        #expect(error?.status == 400)
        let text = error.map { String(decoding: $0.messageBody, as: UTF8.self) }
        #expect(text?.hasPrefix(#"{"type":"error","error":{"type":"BadRequestError","message":""#) == true)
    }

    @Test func stopReasons() {
        #expect(MessageStop(ChoiceFinish(.length), hasCalls: true).reason == "max_tokens")
        #expect(MessageStop(ChoiceFinish(.toolCalls), hasCalls: true).reason == "tool_use")
        #expect(MessageStop(ChoiceFinish(.stop), hasCalls: true).reason == "tool_use")
        #expect(MessageStop(ChoiceFinish(.stop, stopReason: .token(5)), hasCalls: false).reason == "end_turn")
        let stop = MessageStop(ChoiceFinish(.stop, stopReason: .text("x")), hasCalls: false)
        #expect(stop.reason == "stop_sequence" && stop.sequence == "x")
    }

    /// Thinking is signed before its block ends, and a cut call has no arguments in the whole answer.
    @Test func blocksOfAMixedAnswer() {
        var writer = MessageEventWriter { "sign" }
        var bytes: [UInt8] = []
        let parts: [AnswerPart] = [
            .reasoning("h"), .text("a", logprobs: nil), .callBegin(id: "1", name: "f"), .callArguments("{\"x"),
        ]
        for part in parts { writer.append(part, to: &bytes) }
        writer.endBlock(to: &bytes)
        #expect(
            writer.blocks == [
                .thinking("h", signature: "sign"), .text("a"), .toolUse(id: "1", name: "f", arguments: "{\"x"),
            ]
        )
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { $0.dropFirst(7) } == [
                "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop",
            ]
        )
        #expect(text.contains(#"{"type":"signature_delta","signature":"sign"},"index":0}"#))
        let response = MessageResponse(
            head: ResponseHead(id: "i", created: 0, model: "m"),
            blocks: writer.blocks,
            stop: MessageStop(ChoiceFinish(.length), hasCalls: true),
            usage: Usage(promptTokens: 1, completionTokens: 2)
        )
        #expect(String(decoding: response.body, as: UTF8.self).contains(#""name":"f","input":{}}"#))
    }
}
