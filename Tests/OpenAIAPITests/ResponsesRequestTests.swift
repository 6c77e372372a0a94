import MartletJSON
import MartletOpenAIAPI
import Testing

@Suite struct ResponsesRequestTests {
    private func decode(_ fields: String) throws -> ResponsesRequest {
        try ResponsesRequest.decode(Array("{\(fields)}".utf8))
    }

    private func messages(_ fields: String) throws -> [JSONValue] {
        try decode(fields).chat.conversation.messages.map { $0.promptValue }
    }

    private func texts(_ message: JSONValue) -> [String] {
        (message["content"]?.array ?? []).compactMap { $0["text"]?.string }
    }

    @Test func textIsAUsersMessage() throws {
        let request = try decode(#""instructions":"Be brief","input":"Hi","max_output_tokens":7"#)
        #expect(request.chat.conversation.messages.map(\.role) == ["system", "user"])
        #expect(request.input.map(\.content) == [.text("Hi")])
        #expect(request.chat.outputBudget == OutputBudget(requested: 7, field: "max_output_tokens"))
        #expect(request.isStored && !request.isBackground)
    }

    /// What an assistant thought, said and called is one message, as it was when it was generated.
    @Test func itemsOfOneAnswerAreOneMessage() throws {
        let messages = try messages(
            #"""
            "input":[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},
            {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},
            {"type":"message","role":"assistant","content":[{"type":"output_text","text":"c","annotations":[]}]},
            {"type":"function_call","call_id":"1","name":"f","arguments":"{\"x\":1}"},
            {"type":"function_call","call_id":"2","name":"g","arguments":"{}"},
            {"type":"function_call_output","call_id":"1","output":"r"},
            {"type":"function_call_output","call_id":"2","output":[{"type":"input_text","text":"s"}]},
            {"type":"message","role":"assistant","content":"d"},{"role":"assistant","content":"e"}]
            """#
        )
        #expect(
            messages.map { $0["role"]?.string } == [
                "user", "assistant", "tool", "tool", "assistant", "assistant",
            ]
        )
        #expect(texts(messages[0]) == ["a", "b"])
        #expect(messages[1]["reasoning"] == "hm")
        #expect(texts(messages[1]) == ["c"])
        #expect(messages[1]["tool_calls"]?.array?.map { $0["function"]?["name"] } == ["f", "g"])
        #expect(messages[1]["tool_calls"]?[0]?["function"]?["arguments"] == #"{"x":1}"#)
        #expect(messages[2]["tool_call_id"] == "1")
        #expect(texts(messages[3]) == ["s"])
        #expect(texts(messages[5]) == ["e"])
    }

    @Test func anUnfinishedAnswerIsContinued() throws {
        let item = #"{"type":"message","role":"assistant","content":"One, ","status":"incomplete"}"#
        let request = try decode(#""input":[{"role":"user","content":"Count"},\#(item)]"#)
        #expect(request.chat.conversation.continueFinalMessage)
        #expect(!request.chat.conversation.addGenerationPrompt)
    }

    @Test func toolsAreFlat() throws {
        let tool = #"{"type":"function","name":"f","parameters":{"type":"object"},"strict":true}"#
        let request = try decode(#""input":"a","tools":[\#(tool)],"tool_choice":{"type":"function","name":"f"}"#)
        #expect(request.chat.tools.choice == .named("f"))
        #expect(request.chat.tools.tools.map(\.name) == ["f"])
        #expect(request.chat.tools.tools.first?.isStrict == true)
        #expect(request.chat.conversation.tools?.first?["function"]?["type"] == nil)
        #expect(request.echo.toolChoice == ["name": "f", "type": "function"])
        #expect(try decode(#""input":"a","tools":[\#(tool)]"#).chat.tools.choice == .auto)
        #expect(try decode(#""input":"a""#).echo.toolChoice == "none")
    }

    @Test func textFormatIsADemand() throws {
        let schema = #"{"type":"json_schema","name":"n","schema":{"type":"integer"},"strict":true}"#
        let output = try decode(#""input":"a","text":{"format":\#(schema)}"#).chat.output
        #expect(output?.kind == .jsonSchema(["type": "integer"]))
        #expect(output?.field == "text.format")
        #expect(try decode(#""input":"a","text":{"format":{"type":"json_object"}}"#).chat.output?.kind == .jsonObject)
        #expect(try decode(#""input":"a","text":{"format":{"type":"text"},"verbosity":"low"}"#).chat.output == nil)
        let regex = try decode(#""input":"a","structured_outputs":{"regex":"a+"}"#).chat.output
        #expect(regex?.kind == .regex("a+"))
    }

    @Test(arguments: [
        ("", "body.input"), (#""input":5"#, "body.input.str"), (#""input":null"#, "body.input.str"),
        (#""input":[5]"#, "body.input.0"), (#""input":[{"role":"wizard","content":"a"}]"#, "body.input.0.role"),
        (#""input":[{"role":"user"}]"#, "body.input.0.content"),
        (#""input":[{"role":"user","content":5}]"#, "body.input.0.content"),
        (#""input":[{"role":"user","content":[{"type":"input_text"}]}]"#, "body.input.0.content.0.text"),
        (#""input":[{"type":"function_call","name":"f","arguments":"{}"}]"#, "body.input.0.call_id"),
        (#""input":[{"type":"function_call_output","call_id":"1"}]"#, "body.input.0.output"),
        (#""input":[{"type":"web_search_call"}]"#, "input"),
        (#""input":[{"role":"user","content":[{"type":"input_image","image_url":"x"}]}]"#, "input"),
        (#""input":"a","presence_penalty":2.5"#, "body.presence_penalty"),
        (#""input":"a","frequency_penalty":-3"#, "body.frequency_penalty"),
        (#""input":"a","max_output_tokens":"x""#, "body.max_output_tokens"),
        (#""input":"a","include":["x"]"#, "body.include.0"), (#""input":"a","metadata":{"a":1}"#, "body.metadata.a"),
        (#""input":"a","truncation":"auto""#, "truncation"), (#""input":"a","prompt":{"id":"p"}"#, "prompt"),
        (#""input":"a","background":true,"store":false"#, "background"),
        (#""input":"a","background":true,"stream":true"#, "background"),
        (#""input":"a","reasoning":{"effort":"huge"}"#, "body.reasoning.effort"),
        (#""input":"a","text":{"format":{"type":"xml"}}"#, "body.text.format.type"),
        (#""input":"a","text":{"format":{"type":"json_schema","name":"n"}}"#, "body.text.format.schema"),
        (#""input":"a","tools":[{"type":"web_search"}]"#, "tools"), (#""input":"a","tools":[{}]"#, "body.tools.0.type"),
        (#""input":"a","tools":[{"type":"function"}]"#, "body.tools.0.name"),
        (#""input":"a","tool_choice":"required""#, "tool_choice"), (#""input":"a","tool_choice":5"#, "tool_choice"),
        (#""input":"a","tool_choice":{"type":"function"}"#, "tool_choice.name"),
        (
            #""input":"a","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"g"}"#,
            "tool_choice"
        ),
        (#""input":"a","top_logprobs":-2"#, "top_logprobs"), (#""input":"a","stop":5"#, "body.stop"),
        (#""input":"a","request_id":"a b""#, "request_id"), (#""input":"a","seed":99999999999999999999"#, "body.seed"),
    ])
    func refusalsNameTheField(fields: String, param: String) {
        let error = errorOf { () throws(APIError) in _ = try ResponsesRequest.decode(Array("{\(fields)}".utf8)) }
        #expect(error?.status == 400)
        #expect(error?.param == param)
    }

    @Test func anAnswersItemsAreOneMessage() {
        let message = ResponseItem.message([
            ResponseItem(id: "rs_1", content: .reasoning("hm")),
            ResponseItem(id: "msg_1", content: .message("c", logprobs: nil)),
            ResponseItem(id: "fc_1", content: .functionCall(id: "1", name: "f", arguments: "{}")),
        ])
        #expect(message.reasoning == "hm")
        #expect(message.content == .text("c"))
        #expect(message.toolCalls?.first?["id"] == "1")
    }

    /// Reasoning, text and calls in turn are items in turn; each event counts on.
    @Test func eventsOfAMixedAnswer() throws {
        var count = 0
        let answer: [AnswerPart] = [
            .reasoning("h"), .reasoning("m"), .text("a", logprobs: nil), .callBegin(id: "1", name: "f"),
            .callArguments("{"), .callArguments("}"), .callEnd, .text("b", logprobs: nil),
        ]
        var writer = ResponseEventWriter { "\($0)x" }
        var bytes: [UInt8] = []
        for part in answer { writer.append(part, to: &bytes) }
        writer.endItem(to: &bytes)
        #expect(writer.items.map(\.id) == ["rs_x", "msg_x", "fc_x", "msg_x"])
        let events = try String(decoding: bytes, as: UTF8.self).split(separator: "\n\n").map { text in
            try JSONParser.parse(String(text.drop { $0 != "{" }))
        }
        for event in events {
            #expect(event["sequence_number"]?.integer == count)
            count += 1
        }
        #expect(
            events.map { $0["output_index"]?.integer } == [
                0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3,
            ]
        )
    }
}
