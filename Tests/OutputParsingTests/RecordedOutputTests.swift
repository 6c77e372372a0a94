import MartletJSON
import MartletOutputParsing
import Testing

@Suite("What vLLM's parsers made of texts")
struct RecordedOutputTests {
    /// The text in which a tokenizer of today meets the call markup of an old one; the recording has a call named `[`.
    private static let oldMistral = "[TOOL_CALLS][{\"name\""

    @Test("each parser driven directly")
    func traces() throws {
        let cases = try goldens("traces")
        #expect(cases.count > 40)
        for golden in cases {
            let text = golden["text"]?.string ?? ""
            if text.hasPrefix(Self.oldMistral) { continue }
            let tool = golden["tool"]?.string
            let reasoning = golden["reasoning"]?.string
            var configuration = try makeConfiguration(
                tool: tool,
                reasoning: reasoning,
                tools: [weatherTool, plainTool]
            )
            if let format = configuration.reasoningFormat {
                configuration.isThinking = format.isThinking(templateArguments: [:])
            }
            checkOutputParser(text, configuration, gives: Expected(golden: golden["expected"] ?? .null))
        }
    }

    /// Streams in which markers are not tokens of their own, so that the recorded stream misses them, unlike the whole.
    private static let disagreeing = [
        "tp-broken-call-stream", "tp-content-then-two-calls-stream", "tp-parallel-false-stream",
        "tp-think-then-call-stream",
    ]

    @Test("requests to a server whose model's text is known")
    func wire() throws {
        let cases = try goldens("wire")
        #expect(cases.count > 30)
        for golden in cases {
            let name = golden["name"]?.string ?? ""
            if Self.disagreeing.contains(name) { continue }
            let configuration = try Self.configuration(of: golden)
            let pieces = (golden["pieces"]?.array ?? []).compactMap(\.string)
            var expected = Expected(golden: golden["expected"] ?? .null)
            // a call that is certain stays one when it is cut
            if name == "tp-stop-string-in-args" { expected = Expected(calls: [["get_weather", "{\"city\": \""]]) }
            // where calls are demanded an empty text stands for none
            if expected.content == "" { expected.content = nil }
            let isCut = golden["cut"]?.bool == true
            #expect(Expected(parse(pieces, configuration, isCut: isCut)) == expected, "\(name)")
            checkOutputParser(pieces.joined(), configuration, gives: expected, isCut: isCut)
        }
    }

    private static func configuration(of golden: JSONValue) throws -> OutputParserConfiguration {
        let tools = (golden["tools"]?.array ?? []).map { tool in
            ToolDefinition(name: tool["name"]?.string ?? "", parameters: tool["parameters"])
        }
        let choice: ToolChoice =
            switch golden["choice"]?.string ?? "auto" {
            case "auto": .auto
            case "required": .required
            case let name: .named(name)
            }
        var result = OutputParserConfiguration()
        result.toolFormat = try golden["tool"]?.string.map { try ToolFormat.named($0) }
        result.reasoningFormat = try golden["reasoning"]?.string.map { try ReasoningFormat.named($0) }
        result.tools = tools
        result.toolChoice = choice
        result.allowsParallelCalls = golden["parallel"]?.bool != false
        result.isThinking = golden["thinking"]?.bool != false
        return result
    }
}
