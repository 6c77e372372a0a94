import MartletJSON
import MartletOpenAIAPI
import Testing

@Suite struct ChatMessageTests {
    private func messages(_ text: String) throws(APIError) -> [ChatMessage] {
        try ChatCompletionRequest.decode(Array(#"{"messages":\#(text)}"#.utf8)).conversation.messages
    }

    @Test(arguments: [
        (#"{"role":"user","content":"a"}"#, #"{"role":"user","content":"a"}"#),
        (#"{"role":"wizard","content":"a","name":"n"}"#, #"{"role":"wizard","content":"a","name":"n"}"#),
        (#"{"role":"user"}"#, #"{"role":"user","content":""}"#),
        (#"{"role":"assistant","content":null}"#, #"{"role":"assistant","content":""}"#),
        (
            #"{"role":"user","content":[{"type":"text","text":"a"},"b",{"type":"input_text","text":"c"},{"text":"d"}]}"#,
            #"{"role":"user","content":"a\nb\nc\nd"}"#
        ),
        (
            #"{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#,
            #"{"role":"assistant","content":"no"}"#
        ),
        (
            #"{"role":"assistant","content":"a","reasoning_content":"r"}"#,
            #"{"role":"assistant","content":"a","reasoning":"r","reasoning_content":"r"}"#
        ),
        (
            #"{"role":"tool","content":"s","tool_call_id":"1"}"#,
            #"{"role":"tool","content":"s","tool_call_id":"1"}"#
        ),
        (
            #"{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
            #"{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":{"a":1}}}]}"#
        ),
        (
            #"{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"not json"}}]}"#,
            #"{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]}"#
        ),
    ])
    func templateValues(text: String, value: String) throws {
        #expect(try messages("[\(text)]")[0].templateValue(iteratesContent: false).serialized == value)
    }

    @Test func contentAsParts() throws {
        let message = try messages(#"[{"role":"user","content":["a",{"type":"text","text":"b"}]}]"#)[0]
        #expect(
            message.templateValue(iteratesContent: true).serialized
                == #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#
        )
    }

    @Test(arguments: [
        ("[]", nil), ("{}", "body.messages"), ("null", "body.messages"),
        (#"["a"]"#, "body.messages.0.ChatCompletionDeveloperMessageParam"),
        (#"[{"content":"a"}]"#, "body.messages.0.ChatCompletionDeveloperMessageParam.role"),
        (#"[{"role":5}]"#, "body.messages.0.ChatCompletionDeveloperMessageParam.role"),
        (#"[{"role":"user","content":null}]"#, "body.messages.0.ChatCompletionDeveloperMessageParam.content"),
        (#"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]"#, nil),
        (#"[{"role":"user","content":[{"type":"zzz"}]}]"#, nil), (#"[{"role":"user","content":[{}]}]"#, nil),
        (
            #"[{"role":"user","content":[{"type":"text"}]}]"#,
            "body.messages.0.ChatCompletionDeveloperMessageParam.content.0.text"
        ),
        (
            #"[{"role":"assistant","tool_calls":[{"function":{}}]}]"#,
            "body.messages.0.ChatCompletionDeveloperMessageParam.tool_calls.0.function.name"
        ),
    ])
    func refused(text: String, param: String?) {
        let error = errorOf { () throws(APIError) in _ = try messages(text) }
        #expect(error?.status == 400)
        #expect(error?.param == param)
    }
}
