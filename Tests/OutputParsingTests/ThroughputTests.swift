import MartletOutputParsing
import Testing

@Suite("Cost of parsing", .serialized)
struct ThroughputTests {
    @Test("a piece costs a few microseconds")
    func piece() throws {
        let tools = [weatherTool, plainTool]
        for (tool, reasoning) in [
            ("hermes", "qwen3"), ("qwen3_coder", "qwen3"), ("mistral", "mistral"), ("openai", "openai_gptoss"),
        ] {
            let source = transcripts.filter { $0.format == tool }.map(\.text).joined(separator: " some words of prose ")
            let text = "<think>let me think about it </think>" + String(repeating: source, count: 50)
            let scalars = Array(text.unicodeScalars)
            let pieces = stride(from: 0, to: scalars.count, by: 4).map { start in
                var piece = String.UnicodeScalarView()
                piece.append(contentsOf: scalars[start..<min(start + 4, scalars.count)])
                return String(piece)
            }
            var parser = OutputParser(try makeConfiguration(tool: tool, reasoning: reasoning, tools: tools))
            let elapsed = ContinuousClock().measure { for piece in pieces { _ = parser.feed(piece) } }
            #expect(elapsed / pieces.count < .microseconds(50))
        }
    }
}
