/// A text as a model of some format writes it, and what it holds.
struct Transcript: Sendable {
    var format: String
    var text: String
    var content: String?
    var calls: [[String]]

    init(_ format: String, _ text: String, content: String? = nil, _ calls: [String]...) {
        self.format = format
        self.text = text
        self.content = content
        self.calls = calls
    }
}

private let paris = ["get_weather", #"{"city": "Paris", "days": 2}"#]
private let f2 = ["f2", "{}"]

/// Texts of every format; the second half of each has what is odd in it.
let transcripts: [Transcript] = [
    Transcript(
        "hermes",
        "Hi <tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\":\"Paris\",\"days\":2}}\n</tool_call>\n<tool_call>{\"name\": \"f2\", \"arguments\": {}}</tool_call>",
        content: "Hi ",
        paris,
        f2
    ),
    // members in another order, an identifier, and markup inside a string
    Transcript(
        "hermes",
        #"<tool_call>{"id": 7, "arguments": {"a": "</tool_call>"}, "name": "f"}</tool_call> end"#,
        ["f", #"{"a": "</tool_call>"}"#]
    ),
    // escapes and numbers as Python writes them, a line break inside a string, a backslash that begins no escape
    Transcript(
        "hermes",
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"\\u00e9\\/\\ud83d\\ude00\\n\", \"b\": [1.50, -0, 1E2, true ,null], \"c\": \"x\ny\\d\"}}</tool_call>",
        ["f", #"{"a": "é/😀\n", "b": [1.5, 0, 100.0, true, null], "c": "x\ny\\d"}"#]
    ),
    // no end marker
    Transcript("hermes", #"<tool_call>{"name": "f2", "arguments": {}}"#, f2),
    Transcript("qwen3_json", #"<tool_call>{"name": "f2", "arguments": {}}</tool_call>"#, f2),
    Transcript("granite4", #"<tool_call>{"name": "f2", "arguments": {}}</tool_call>"#, f2),
    Transcript(
        "llama3_json",
        #"{"name": "f2", "parameters": {}}; {"name": "g", "parameters": {"a": [1]}}"#,
        f2,
        ["g", #"{"a": [1]}"#]
    ),
    Transcript("llama3_json", #"Sure: {"type": "function", "name": "f2", "arguments": {}}"#, content: "Sure: ", f2),
    Transcript(
        "llama3_json",
        #"{"answer": 42, "more": {"name": 1}}"#,
        content: #"{"answer": 42, "more": {"name": 1}}"#
    ),
    Transcript("llama4_json", #"<|python_tag|>{"name": "f2", "parameters": {}}"#, f2),
    Transcript("pythonic", #"[get_weather(city="Paris", days=2), f2()]"#, paris, f2),
    Transcript(
        "pythonic",
        #"[m.f(a='it\'s "x"\n', b=-1.5, c=[True, None, {'k': (1, 2,)}], d=0x1f, e="é\u00e9\x41", g="")]"#,
        ["m.f", #"{"a": "it's \"x\"\n", "b": -1.5, "c": [true, null, {"k": [1, 2]}], "d": 31, "e": "ééA", "g": ""}"#]
    ),
    Transcript("pythonic", "[1] is a footnote (see f(x))", content: "[1] is a footnote (see f(x))"),
    Transcript("pythonic", #"I call [f2()]"#, content: "I call [f2()]"),
    Transcript(
        "llama4_pythonic",
        #"<|python_start|>[get_weather(city="Paris", days=2), f2()]<|python_end|>"#,
        paris,
        f2
    ),
    Transcript("lfm2", #"<|tool_call_start|>[get_weather(city="Paris", days=2)]<|tool_call_end|>ok"#, paris),
    Transcript(
        "olmo3",
        "a<function_calls>\nget_weather(city=\"Paris\", days=2)\nf2()\n</function_calls>",
        content: "a",
        paris,
        f2
    ),
    Transcript(
        "mistral",
        #"Hi[TOOL_CALLS]get_weather[ARGS]{"city": "Paris", "days": 2}[TOOL_CALLS]f2{}"#,
        content: "Hi",
        paris,
        f2
    ),
    Transcript("mistral", #"[TOOL_CALLS]f2[CALL_ID]abc123DEF[ARGS]{}"#, f2),
    Transcript(
        "mistral",
        #"[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}, {"name": "f2", "arguments": {}}]"#,
        paris,
        f2
    ),
    Transcript(
        "qwen3_coder",
        "Ok.\n<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>\n<tool_call>\n<function=f2>\n</function>\n</tool_call>",
        content: "Ok.",
        paris,
        f2
    ),
    Transcript(
        "qwen3_xml",
        "<tool_call>\n<function=get_weather>\n<parameter=city>\n\na <b> \"c\"\n\\\n\n</parameter>\n<parameter=exact>\nTrue\n</parameter>\n<parameter=scale>1e1</parameter><parameter=tags>[\"a\",1]</parameter>\n<parameter=place>{\"k\":{}}</parameter><parameter=note>null</parameter><parameter=days>many</parameter></function>\n</tool_call>",
        [
            "get_weather",
            #"{"city": "\na <b> \"c\"\n\\\n", "exact": true, "scale": 10, "tags": ["a", 1], "place": {"k": {}}, "note": null, "days": "many"}"#,
        ]
    ),
    // a parameter without its end, two functions in one call, a function without a call
    Transcript(
        "mimo",
        "<tool_call><function=get_weather><parameter=city>Paris<parameter=days>2</function><function=f2></function></tool_call>",
        paris,
        f2
    ),
    Transcript("step3p5", "<function=f2>\n</function>\n</tool_call>", f2),
    Transcript(
        "seed_oss",
        "<seed:tool_call>\n<function=get_weather>\n<parameter=city>Paris</parameter>\n<parameter=days>2</parameter>\n</function>\n</seed:tool_call>",
        paris
    ),
    Transcript(
        "deepseek_v3",
        "a<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\"city\": \"Paris\", \"days\": 2}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>f2\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        content: "a",
        paris,
        f2
    ),
    Transcript(
        "deepseek_v31",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{\"city\": \"Paris\", \"days\": 2}<｜tool▁call▁end｜><｜tool▁call▁begin｜>f2<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        paris,
        f2
    ),
    Transcript(
        "deepseek_v32",
        "Now.\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"get_weather\">\n<｜DSML｜parameter name=\"city\" string=\"true\">Paris</｜DSML｜parameter>\n<｜DSML｜parameter name=\"days\" string=\"false\">2</｜DSML｜parameter>\n</｜DSML｜invoke>\n<｜DSML｜invoke name=\"f2\">\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
        content: "Now.",
        paris,
        f2
    ),
    Transcript(
        "deepseek_v4",
        "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n<｜DSML｜parameter name=\"a\" string=\"true\">2</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>",
        ["f", #"{"a": "2"}"#]
    ),
    Transcript("deepseek_v41", "<｜DSML｜tool_calls><｜DSML｜invoke name=\"f2\"></｜DSML｜invoke></｜DSML｜tool_calls>", f2),
    Transcript(
        "granite",
        #"<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}, {"name": "f2", "arguments": {}}]"#,
        paris,
        f2
    ),
    Transcript(
        "granite-20b-fc",
        #"a<function_call> {"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}<function_call> {"name": "f2", "arguments": {}}"#,
        content: "a",
        paris,
        f2
    ),
    Transcript(
        "internlm",
        #"Ok<|action_start|><|plugin|>{"name": "get_weather", "parameters": {"city": "Paris", "days": 2}}<|action_end|>"#,
        content: "Ok",
        paris
    ),
    Transcript(
        "jamba",
        #"a <tool_calls>[{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}, {"name": "f2", "arguments": {}}]</tool_calls>"#,
        content: "a ",
        paris,
        f2
    ),
    Transcript("hunyuan_a13b", #"<tool_calls>[{"name": "f2", "arguments": {}}]</tool_calls>"#, f2),
    Transcript(
        "phi4_mini_json",
        #"functools[{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}},{"name": "f2", "arguments": {}}]"#,
        paris,
        f2
    ),
    Transcript(
        "kimi_k2",
        #"a<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{"city": "Paris", "days": 2}<|tool_call_end|><|tool_call_begin|>functions.f2:1<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>"#,
        content: "a",
        paris,
        f2
    ),
    Transcript(
        "glm45",
        "Ok.\n<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>\n<tool_call>f2\n</tool_call>\nDone.\n",
        content: "Ok.\n\n\nDone.",
        paris,
        f2
    ),
    Transcript(
        "glm47",
        "<tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value><arg_key>days</arg_key><arg_value>2</arg_value></tool_call><tool_call>f2</tool_call>",
        paris,
        f2
    ),
    Transcript("ling3", "<tool_call>f2</tool_call>", f2),
    Transcript(
        "cohere_command3",
        "Let me see.<|START_ACTION|>[\n    {\"tool_call_id\": \"0\", \"tool_name\": \"get_weather\", \"parameters\": {\"city\": \"Paris\", \"days\": 2}},\n    {\"tool_call_id\": \"1\", \"tool_name\": \"f2\", \"parameters\": {}}\n]<|END_ACTION|>",
        content: "Let me see.",
        paris,
        f2
    ),
    Transcript(
        "cohere_command4",
        "<|START_ACTION|>[{\"tool_name\": \"f2\", \"parameters\": {}}]",
        f2
    ),
    Transcript(
        "hy_v3",
        "Ok.<tool_calls:opensource>\n<tool_call:opensource>get_weather<tool_sep:opensource>\n<arg_key:opensource>city</arg_key:opensource>\n<arg_value:opensource>Paris</arg_value:opensource>\n<arg_key:opensource>days</arg_key:opensource>\n<arg_value:opensource>2</arg_value:opensource>\n</tool_call:opensource>\n<tool_call:opensource>f2<tool_sep:opensource>\n</tool_call:opensource>\n</tool_calls:opensource>",
        content: "Ok.",
        paris,
        f2
    ),
    Transcript(
        "apertus",
        "Hi<|tools_prefix|>[{\"get_weather\": {\"city\": \"Paris\", \"days\": 2}}, {\"f2\": {}}]<|tools_suffix|>",
        content: "Hi",
        paris,
        f2
    ),
    Transcript(
        "poolside_v1",
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>",
        ["get_weather", #"{"city": "Oslo"}"#]
    ),
    Transcript(
        "minimax_m2",
        "<minimax:tool_call>\n<invoke name=\"get_weather\">\n<parameter name=\"city\"> Paris\n</parameter>\n<parameter name='days'>2</parameter>\n</invoke>\n<invoke name=\"f2\">\n</invoke>\n</minimax:tool_call>",
        paris,
        f2
    ),
    Transcript(
        "minimax",
        "<tool_calls>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\", \"days\": 2}}\n{\"name\": \"f2\", \"arguments\": {}}\n</tool_calls>",
        paris,
        f2
    ),
    Transcript(
        "xlam",
        #"[{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}, {"name": "f2", "arguments": {}}]"#,
        paris,
        f2
    ),
    Transcript("xlam", "I see.\n```json\n[{\"name\": \"f2\", \"arguments\": {}}]\n```", content: "I see.\n", f2),
    Transcript("xlam", #"[TOOL_CALLS][{"name": "f2", "arguments": {}}]"#, f2),
    Transcript("xlam", "```swift\nlet a = [1]\n```", content: "```swift\nlet a = [1]\n```"),
    Transcript(
        "gemma4",
        #"Ok<|tool_call>call:get_weather{city:<|"|>Paris<|"|>,days:2}<tool_call|><|tool_call>call:f2{}<tool_call|>"#,
        content: "Ok",
        paris,
        f2
    ),
    Transcript(
        "gemma4",
        #"<|tool_call>call:f{a:{k:[<|"|>x, "y"}<|"|>,1.5,true]},b:some words,<|"|>c d<|"|>:null}<tool_call|>"#,
        ["f", #"{"a": {"k": ["x, \"y\"}", 1.5, true]}, "b": "some words", "c d": null}"#]
    ),
    Transcript(
        "functiongemma",
        "<start_function_call>call:get_weather{city:<escape>Paris<escape>,days:2}<end_function_call>",
        paris
    ),
    Transcript(
        "openai",
        "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"city\": \"Paris\", \"days\": 2}<|call|>",
        paris
    ),
    Transcript(
        "openai",
        "<|channel|>commentary<|message|>Let me look.<|end|><|start|>assistant to=functions.f2<|channel|>commentary json<|message|>{}<|call|>",
        content: "Let me look.",
        f2
    ),
    Transcript("openai", "<|channel|>final<|message|>Hello<|return|>", content: "Hello"),
]
