import MartletJSON
import MartletOutputParsing
import Testing

@Suite("Reasoning")
struct ReasoningTests {
    private static let transcripts: [(String, String, Expected)] = [
        ("deepseek_r1", "<think>A</think>B", Expected(reasoning: "A", content: "B")),
        ("deepseek_r1", "A</think>B</think>C", Expected(reasoning: "A", content: "BC")),
        ("deepseek_r1", "A < B </thin", Expected(reasoning: "A < B </thin")),
        ("qwen3", "<think>\nA\n</think>\n\nB", Expected(reasoning: "\nA\n", content: "\n\nB")),
        ("step3p5", "A</think>B", Expected(reasoning: "A", content: "B")),
        (
            "cohere_command3", "<|START_THINKING|>A<|END_THINKING|>B", Expected(reasoning: "A", content: "B")
        ),
        ("cohere_command4", "B", Expected(content: "B")),
        ("hy_v3", "<think:opensource>A</think:opensource>B", Expected(reasoning: "A", content: "B")),
        ("mimo", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("nemotron_v3", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("minicpmv", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("deepseek_v3", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("deepseek_v4", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("deepseek_v41", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("holo2", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("olmo3", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("glm45", "<think>A</think>\nB", Expected(reasoning: "A", content: "\nB")),
        ("ling3", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("poolside_v1", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("step3", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("glm47", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("kimi_k2", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("minimax_m2", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("minimax", "A</think>B", Expected(reasoning: "A", content: "B")),
        ("seed_oss", "<seed:think>A</seed:think>B", Expected(reasoning: "A", content: "B")),
        ("granite", "Here's my thought process: A Here's my response: B", Expected(reasoning: " A ", content: " B")),
        ("granite", "Here is my response: B", Expected(content: "Here is my response: B")),
        ("mistral", "[THINK]A[/THINK]B", Expected(reasoning: "A", content: "B")),
        ("mistral", "B [THIN", Expected(content: "B [THIN")),
        ("gemma4", "<|channel>thought\nA<channel|>B", Expected(reasoning: "A", content: "B")),
        ("gemma4", "<|channel>though", Expected(reasoning: "though")),
        (
            "openai_gptoss",
            "<|channel|>analysis<|message|>A<|end|><|start|>assistant<|channel|>final<|message|>B<|return|>",
            Expected(reasoning: "A", content: "B")
        ),
        ("openai_gptoss", "B", Expected(content: "B")),
        ("openai_gptoss", "<|channel|>analysis<|message|>A", Expected(reasoning: "A")),
    ]

    @Test("texts of every format, in any pieces", arguments: transcripts)
    func transcript(_ name: String, _ text: String, _ expected: Expected) throws {
        checkOutputParser(text, try makeConfiguration(reasoning: name), gives: expected)
    }

    @Test("every name has a text")
    func names() {
        for name in ReasoningFormat.all.flatMap(\.names) {
            #expect(Self.transcripts.contains { $0.0 == name }, "\(name)")
        }
    }

    @Test("a call ends the reasoning where the format has it so")
    func implicitEnd() throws {
        let call = #"<tool_call>{"name": "f2", "arguments": {}}</tool_call>"#
        let qwen = try makeConfiguration(tool: "hermes", reasoning: "qwen3")
        checkOutputParser("A " + call, qwen, gives: Expected(reasoning: "A ", calls: [["f2", "{}"]]))
        let deepseek = try makeConfiguration(tool: "hermes", reasoning: "deepseek_r1")
        checkOutputParser("A " + call, deepseek, gives: Expected(reasoning: "A " + call))
    }

    @Test("what the prompt and the request decide")
    func states() throws {
        var configuration = try makeConfiguration(reasoning: "qwen3")
        configuration.isThinking = false
        checkOutputParser("A</think>", configuration, gives: Expected(content: "A</think>"))
        configuration.isThinking = true
        configuration.reasoningState = .closed
        checkOutputParser("A", configuration, gives: Expected(content: "A"))
        configuration = try makeConfiguration(reasoning: "mistral")
        configuration.reasoningState = .open
        checkOutputParser("A[/THINK]B", configuration, gives: Expected(reasoning: "A", content: "B"))
        configuration = try makeConfiguration(reasoning: "qwen3")
        configuration.needsReasoningMarker = true
        checkOutputParser("A", configuration, gives: Expected(content: "A"))
        checkOutputParser("<think>A</think>B", configuration, gives: Expected(reasoning: "A", content: "B"))
    }

    @Test("the end of a prompt says whether it opens the reasoning")
    func promptEnds() throws {
        let qwen = try ReasoningFormat.named("qwen3")
        #expect(qwen.state(promptEnd: "<|im_start|>assistant\n<think>\n") == .open)
        #expect(qwen.state(promptEnd: "<|im_start|>assistant\n<think>\n\n</think>\n\n") == .closed)
        #expect(qwen.state(promptEnd: "<think>x</think> hi<|im_end|>\n<|im_start|>assistant\n") == .undecided)
        #expect(try ReasoningFormat.named("gemma4").state(promptEnd: "<|channel>thought\n") == .open)
    }

    @Test("arguments of the chat template that switch thinking")
    func switches() throws {
        let qwen = try ReasoningFormat.named("qwen3")
        #expect(qwen.isThinking(templateArguments: [:]))
        #expect(!qwen.isThinking(templateArguments: ["enable_thinking": false]))
        let deepseek = try ReasoningFormat.named("deepseek_v3")
        #expect(!deepseek.isThinking(templateArguments: [:]))
        #expect(deepseek.isThinking(templateArguments: ["thinking": true]))
        #expect(try ReasoningFormat.named("deepseek_r1").isThinking(templateArguments: ["enable_thinking": false]))
    }

    @Test("tokens of reasoning are counted without the markers")
    func tokenCount() throws {
        var parser = OutputParser(try makeConfiguration(reasoning: "qwen3"))
        for piece in ["<think>", "a", " b", "\n", "</think>", "c"] { _ = parser.feed(piece) }
        #expect(parser.reasoningTokenCount == 3)
        #expect(parser.isReasoningOver)
        var harmony = OutputParser(try makeConfiguration(reasoning: "openai_gptoss"))
        for piece in ["<|channel|>", "analysis", "<|message|>", "a", "b", "<|end|>"] { _ = harmony.feed(piece) }
        #expect(harmony.reasoningTokenCount == 2)
        #expect(!harmony.isReasoningOver)
        for piece in ["<|start|>", "assistant", "<|channel|>", "final", "<|message|>"] { _ = harmony.feed(piece) }
        #expect(harmony.isReasoningOver)
    }

    @Test("channels that are not as they should be")
    func channels() throws {
        let configuration = try makeConfiguration(tool: "openai", tools: [plainTool])
        let broken = "<|channel|>commentary to=functions.f2<|message|>no<|call|>"
        checkOutputParser(broken, configuration, gives: Expected(content: "no"))
        let cut = "<|channel|>commentary to=functions.f2 <|constrain|>json<|message|>{\"a\": \"b"
        checkOutputParser(cut, configuration, gives: Expected(calls: [["f2", "{\"a\": \"b"]]), isCut: true)
        let two = "<|channel|>analysis<|message|>A<|channel|>final<|message|>B<|constrain|>C"
        checkOutputParser(two, configuration, gives: Expected(reasoning: "A", content: "BC"))
        let endless = "<|channel|>" + String(repeating: "x", count: 5000)
        #expect(parse([endless], configuration).content?.isEmpty == false)
    }
}
