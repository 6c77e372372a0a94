import MartletJSON
import MartletOutputParsing
import Testing

@Suite("Formats")
struct FormatTests {
    @Test("texts of every format, in any pieces", arguments: transcripts)
    func transcript(_ transcript: Transcript) throws {
        let configuration = try makeConfiguration(tool: transcript.format, tools: [weatherTool, plainTool])
        checkOutputParser(
            transcript.text,
            configuration,
            gives: Expected(content: transcript.content, calls: transcript.calls)
        )
        for call in parse([transcript.text], configuration).toolCalls {
            #expect(throws: Never.self) { try JSONParser.parse(call.arguments) }
            #expect(call.isComplete, "\(transcript.text)")
        }
    }

    @Test("a call that is cut anywhere is what came of it", arguments: transcripts)
    func cutAnywhere(_ transcript: Transcript) throws {
        let configuration = try makeConfiguration(tool: transcript.format, tools: [weatherTool, plainTool])
        let characters = Array(transcript.text)
        for count in 0..<characters.count {
            let output = parse([String(characters.prefix(count))], configuration, isCut: true)
            for (call, whole) in zip(output.toolCalls, transcript.calls) {
                #expect(call.name == whole[0])
                #expect(whole[1].hasPrefix(call.arguments), "\(call.arguments) of \(whole[1])")
            }
            #expect(output.toolCalls.count <= transcript.calls.count)
        }
    }

    @Test("every name is known and has a transcript")
    func names() throws {
        for format in ToolFormat.all {
            for name in format.names {
                #expect(try ToolFormat.named(name).names == format.names)
                #expect(transcripts.contains { $0.format == name }, "\(name)")
            }
        }
        let names = ToolFormat.all.flatMap(\.names)
        #expect(Set(names).count == names.count)
        let reasoning = ReasoningFormat.all.flatMap(\.names)
        #expect(Set(reasoning).count == reasoning.count)
    }

    @Test("an unknown name is refused with the known ones")
    func unknown() {
        let error = #expect(throws: UnknownFormat.self) { try ToolFormat.named("hermez") }
        #expect(
            error.map { "\($0)" }?.hasPrefix("there is no tool-call parser `hermez`; known are: apertus, ") == true
        )
        #expect(throws: UnknownFormat.self) { try ReasoningFormat.named("") }
    }

    @Test("without tools, or with none to be called, markup is content")
    func notParsed() throws {
        let text = #"<tool_call>{"name": "f2", "arguments": {}}</tool_call>"#
        checkOutputParser(text, try makeConfiguration(tool: "hermes", choice: .none), gives: Expected(content: text))
        checkOutputParser(text, try makeConfiguration(), gives: Expected(content: text))
    }

    @Test("only the first call where one is allowed")
    func singleCall() throws {
        for transcript in transcripts where transcript.calls.count > 1 {
            var configuration = try makeConfiguration(tool: transcript.format, tools: [weatherTool])
            configuration.allowsParallelCalls = false
            let output = parse([transcript.text], configuration)
            #expect(Expected(output).calls == [transcript.calls[0]], "\(transcript.text)")
        }
    }

    @Test("identifiers as the formats have them")
    func identifiers() throws {
        func id(_ format: String) throws -> [String] {
            let text = try #require(transcripts.first { $0.format == format }).text
            return parse([text], try makeConfiguration(tool: format)).toolCalls.map(\.id)
        }
        #expect(try id("hermes") == ["chatcmpl-tool-0000000000000007", "chatcmpl-tool-0000000000000007"])
        #expect(try id("kimi_k2") == ["functions.get_weather:0", "functions.f2:1"])
        #expect(try id("mistral").allSatisfy { $0.count == 9 && $0.allSatisfy { $0.isLetter || $0.isNumber } })
        #expect(try id("xlam") == ["call_0_0000000000000007", "call_1_0000000000000007"])
    }

    @Test("values become what the schema says, or what they look like where there is none")
    func types() throws {
        let text =
            "<tool_call>\n<function=get_weather>\n<parameter=city>\n12\n</parameter>\n<parameter=other>\n12\n</parameter>\n</function>\n</tool_call>"
        let known = try makeConfiguration(tool: "qwen3_coder", tools: [weatherTool])
        #expect(parse([text], known).toolCalls.map(\.arguments) == [#"{"city": "12", "other": "12"}"#])
        let unknown = try makeConfiguration(tool: "qwen3_coder")
        #expect(parse([text], unknown).toolCalls.map(\.arguments) == [#"{"city": 12, "other": 12}"#])
        let referring = ToolDefinition(
            name: "get_weather",
            parameters: [
                "$defs": ["N": ["anyOf": [["type": "integer"], ["type": "null"]]]],
                "properties": ["city": ["$ref": "#/$defs/N"], "other": ["enum": [1, 12]]],
            ]
        )
        let typed = try makeConfiguration(tool: "qwen3_coder", tools: [referring])
        #expect(parse([text], typed).toolCalls.map(\.arguments) == [#"{"city": 12, "other": 12}"#])
    }

    @Test("arguments come as they are written, not at the end")
    func streaming() throws {
        var parser = OutputParser(try makeConfiguration(tool: "hermes"), ids: ToolCallIDGenerator { 7 })
        var events: [[OutputEvent]] = []
        for piece in [
            "Hi <", "b> <tool", "_call>{\"name\": \"f\", ", "\"arguments\": {", "\"a\": \"x", "y\"}", "}</tool_call>",
        ] {
            events.append(parser.feed(piece))
        }
        let id = "chatcmpl-tool-0000000000000007"
        #expect(
            events == [
                [.content("Hi ")], [.content("<b> ")], [], [],
                [.toolCallBegin(index: 0, id: id, name: "f"), .toolCallArguments(index: 0, text: "{\"a\": \"x")],
                [.toolCallArguments(index: 0, text: "y\"}")], [.toolCallEnd(index: 0, isComplete: true)],
            ]
        )
        #expect(parser.toolCallCount == 1)
    }
}
