import MartletJSON
import MartletOpenAIAPI
import Testing

@Suite struct ChatMessageTests {
    private func messages(_ text: String) throws(APIError) -> [ChatMessage] {
        try ChatCompletionRequest.decode(Array(#"{"messages":\#(text)}"#.utf8)).conversation.messages
    }

    @Test(arguments: [
        (#"{"role":"user","content":"a"}"#, #"{"role":"user","content":[{"type":"text","text":"a"}]}"#),
        (
            #"{"role":"wizard","content":"a","name":"n"}"#,
            #"{"role":"wizard","content":[{"type":"text","text":"a"}],"name":"n"}"#
        ),
        (#"{"role":"user"}"#, #"{"role":"user","content":null}"#),
        (#"{"role":"assistant","content":null}"#, #"{"role":"assistant","content":null}"#),
        (
            #"{"role":"user","content":[{"type":"text","text":"a"},"b",{"type":"input_text","text":"c"},{"text":"d"}]}"#,
            #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"text","text":"c"},"#
                + #"{"type":"text","text":"d"}]}"#
        ),
        (
            #"{"role":"assistant","content":[{"type":"refusal","refusal":"no"},{"type":"thinking","thinking":"so"}]}"#,
            #"{"role":"assistant","content":[{"type":"text","text":"no"},{"type":"text","text":"so"}]}"#
        ),
        (
            #"{"role":"assistant","reasoning_content":"r","tool_call_id":"1","refusal":"f"}"#,
            #"{"role":"assistant","content":null,"reasoning":"r"}"#
        ),
        (
            #"{"role":"tool","content":"s","tool_call_id":"1","tool_calls":[],"reasoning":"r"}"#,
            #"{"role":"tool","content":[{"type":"text","text":"s"}],"tool_call_id":"1"}"#
        ),
        (
            #"{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"[1]"}}]}"#,
            #"{"role":"assistant","content":null,"#
                + #""tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"[1]"}}]}"#
        ),
    ])
    func promptValues(text: String, value: String) throws {
        #expect(try messages("[\(text)]")[0].promptValue.serialized == value)
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
            #"[{"role":"assistant","content":[{"type":"thinking","text":"a"}]}]"#,
            "body.messages.0.ChatCompletionDeveloperMessageParam.content.0.thinking"
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
