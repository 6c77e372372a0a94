import MartletJSON
import MartletOutputParsing
import MartletTestSupport
import Testing

@Suite("Hostile output")
struct HostileOutputTests {
    @Test(
        "any mixture of markup is parsed alike in any pieces, and complete calls have arguments",
        arguments: ToolFormat.all.map { $0.names[0] }
    )
    func markupSoup(_ name: String) throws {
        let texts = transcripts.filter { $0.format == name }.map(\.text)
        let markers = try ToolFormat.named(name).markers
        let scraps = [
            "{", "}", "[", "]", "(", ")", "\"", "'", ":", ",", "\\", "=", "<", ">", "\n", " ", "name", "arguments", "é",
            "😀", "1", "true", "\\u", "d83d", "-", "e",
        ]
        var generator = SeededGenerator(seed: 1)
        for reasoning in [nil, "qwen3"] {
            let configuration = try makeConfiguration(
                tool: name,
                reasoning: reasoning,
                tools: [weatherTool, plainTool]
            )
            for _ in 0..<Fuzzing.rounds(400) {
                var text = ""
                for _ in 0..<Int.random(in: 1...12, using: &generator) {
                    let source = Array((texts.randomElement(using: &generator) ?? "").unicodeScalars)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: text += markers.randomElement(using: &generator) ?? ""
                    case 1: text += scraps.randomElement(using: &generator) ?? ""
                    default:
                        let start = Int.random(in: 0...source.count, using: &generator)
                        let end = Int.random(in: start...source.count, using: &generator)
                        text.unicodeScalars.append(contentsOf: source[start..<end])
                    }
                }
                let isCut = Bool.random(using: &generator)
                let whole = parse([text], configuration, isCut: isCut)
                #expect(
                    parse(randomPieces(of: text, using: &generator), configuration, isCut: isCut) == whole,
                    "\(text)"
                )
                for call in whole.toolCalls where call.isComplete {
                    #expect(throws: Never.self, "\(text)") { try JSONParser.parse(call.arguments) }
                }
            }
        }
    }

    @Test("random characters")
    func randomCharacters() throws {
        var generator = SeededGenerator(seed: 2)
        for format in ToolFormat.all {
            let configuration = try makeConfiguration(tool: format.names[0])
            for _ in 0..<Fuzzing.rounds(50) {
                let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(parse(randomPieces(of: text, using: &generator), configuration) == parse([text], configuration))
            }
        }
    }

    @Test("a call that nests without end is bounded")
    func nesting() throws {
        for (format, head, open) in [
            ("hermes", #"<tool_call>{"name": "f", "arguments": {"a": "#, "["), ("pythonic", "[f(a=", "["),
            ("gemma4", "<|tool_call>call:f{a:", "["), ("pythonic", "[f(a=", "{'k': "),
        ] {
            let text = head + String(repeating: open, count: 100_000)
            let output = parse([text], try makeConfiguration(tool: format))
            #expect(output.toolCalls.map(\.isComplete) == [false])
        }
    }

    @Test("time is linear in the text", arguments: ToolFormat.all.map { $0.names[0] })
    func linear(_ name: String) throws {
        let configuration = try makeConfiguration(tool: name, tools: [weatherTool])
        let markers = try ToolFormat.named(name).markers
        let texts = transcripts.filter { $0.format == name }.map(\.text)
        for unit in markers + texts + [
            "<", "{", "[", " ", "\n", "\"", "{\"name\": \"f\", ", "<tool_call>{\"name\": \"a",
        ] {
            let text = String(repeating: unit, count: max(1, 200_000 / unit.utf8.count))
            let start = ContinuousClock.now
            let output = parse([text], configuration)
            let elapsed = ContinuousClock.now - start
            #expect(elapsed < .seconds(2), "\(unit): \(elapsed)")
            #expect(output.toolCalls.count <= 200_000)
        }
    }
}
