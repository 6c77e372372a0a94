import MartletJSON
import MartletOutputParsing
import Testing

@Suite("Calls that are broken or cut")
struct BrokenCallTests {
    @Test(
        "what is no call is content, unchanged",
        arguments: [
            ("hermes", "<tool_call>not json</tool_call>"),
            ("hermes", #"<tool_call>{"name": "f"}</tool_call>"#),
            ("hermes", #"<tool_call>{"name": "", "arguments": {}}</tool_call>"#),
            ("hermes", #"<tool_call>{"name": 1, "arguments": {}}</tool_call>"#),
            ("hermes", #"<tool_call>{"name": "f", "arguments": [1]}</tool_call>"#),
            ("hermes", #"<tool_call>{"arguments": {"a": oops}, "name": "f"}</tool_call>"#),
            ("hermes", "a <tool_cal"), ("hermes", "<tool_call> \n"),
            ("qwen3_coder", "<tool_call>\n<function=f>text"), ("qwen3_coder", "<tool_call>x <function=f"),
            ("glm45", "<tool_call>a b c\n"), ("mistral", "[TOOL_CALLS]f x"), ("pythonic", "[f(1)]"),
            ("pythonic", "[f(a)]"), ("kimi_k2", "<|tool_calls_section_begin|>x"),
            ("deepseek_v3", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n{}"),
            ("gemma4", "<|tool_call>call:f{,}<tool_call|>"), ("xlam", "[1, 2]"),
            ("jamba", "<tool_calls>none</tool_calls>"),
        ]
    )
    func content(_ format: String, _ text: String) throws {
        checkOutputParser(text, try makeConfiguration(tool: format), gives: Expected(content: text), isCut: true)
    }

    @Test(
        "a call that is certain stays one",
        arguments: [
            // broken inside the arguments, which end where they seem to
            (
                "hermes", #"<tool_call>{"name": "f", "arguments": {"a": oops, "b": [}]}}</tool_call>x"#,
                #"{"a": oops, "b": [}]"#
            ),
            ("hermes", #"<tool_call>{"name": "f", "arguments": {"a": 1.}}</tool_call>"#, #"{"a": 1.}"#),
            ("hermes", #"<tool_call>{"name": "f", "arguments": {"a": 1 </tool_call>"#, #"{"a": 1"#),
            ("mistral", #"[TOOL_CALLS]f{"a" 1}"#, #"{"a" 1}"#),
            ("pythonic", "[f(a=1, b=g(2))]", #"{"a": 1, "b": "#),
        ]
    )
    func certain(_ format: String, _ text: String, _ arguments: String) throws {
        let configuration = try makeConfiguration(tool: format)
        let output = parse([text], configuration)
        #expect(output.content == nil)
        #expect(output.toolCalls.map(\.name) == ["f"])
        #expect(output.toolCalls.first?.isComplete == false)
        checkOutputParser(text, configuration)
        #expect(output.toolCalls.map(\.arguments) == [arguments])
    }

    @Test("a second call behind a broken one is found")
    func recovery() throws {
        let configuration = try makeConfiguration(tool: "hermes")
        let call = #"<tool_call>{"name": "f2", "arguments": {}}</tool_call>"#
        let expected = Expected(content: "<tool_call>", calls: [["f2", "{}"]])
        checkOutputParser("<tool_call>" + call, configuration, gives: expected)
        let broken = #"<tool_call>{"name": "f", "arguments": {"a": !}}</tool_call>"#
        let both = Expected(calls: [["f", #"{"a": !}"#], ["f2", "{}"]])
        checkOutputParser(broken + call, configuration, gives: both)
        let coder = try makeConfiguration(tool: "qwen3_coder")
        checkOutputParser(
            "<tool_call>\n<tool_call>\n<function=f2></function>",
            coder,
            gives: Expected(content: "<tool_call>", calls: [["f2", "{}"]])
        )
    }

    @Test("what a limit of length leaves of a call")
    func cut() throws {
        let hermes = try makeConfiguration(tool: "hermes")
        let text = #"<tool_call>{"name": "f", "arguments": {"a": "b"#
        checkOutputParser(text, hermes, gives: Expected(calls: [["f", #"{"a": "b"#]]), isCut: true)
        let coder = try makeConfiguration(tool: "qwen3_coder", tools: [weatherTool])
        let cut = "<tool_call>\n<function=get_weather>\n<parameter=city>\nPar"
        checkOutputParser(cut, coder, gives: Expected(calls: [["get_weather", #"{"city": "Par"#]]), isCut: true)
        let both = #"[TOOL_CALLS][{"name": "f", "arguments": {}}][TOOL_CALLS]g{"a": "#
        let mistral = parse([both], try makeConfiguration(tool: "mistral"), isCut: true)
        #expect(mistral.toolCalls.map(\.isComplete) == [true, false])
        // the end tags may be missing where the model is done
        checkOutputParser(cut, coder, gives: Expected(calls: [["get_weather", #"{"city": "Par"}"#]]))
    }

    @Test("demanded calls leave no content")
    func demanded() throws {
        let configuration = try makeConfiguration(tool: "hermes", tools: [plainTool], choice: .required)
        checkOutputParser("<tool_call>{\"name\": \"f", configuration, gives: Expected(), isCut: true)
        let text = "x <tool_call>{\"name\": \"f2\", \"arguments\": {}}</tool_call>"
        checkOutputParser(text, configuration, gives: Expected(calls: [["f2", "{}"]]))
    }
}
