import Foundation
import MartletJSON
import MartletOutputParsing
import MartletTestSupport
import Testing

/// What a text must be parsed into, leaving identifiers aside.
struct Expected: Sendable, Hashable, CustomStringConvertible {
    var reasoning: String?
    var content: String?
    var calls: [[String]] = []

    var description: String {
        "reasoning: \(reasoning ?? "–"), content: \(content ?? "–"), calls: \(calls)"
    }

    init(reasoning: String? = nil, content: String? = nil, calls: [[String]] = []) {
        self.reasoning = reasoning
        self.content = content
        self.calls = calls
    }

    init(_ output: ParsedOutput) {
        self.init(
            reasoning: output.reasoning,
            content: output.content,
            calls: output.toolCalls.map { [$0.name, $0.arguments] }
        )
    }

    /// What a golden says.
    init(golden: JSONValue) {
        self.init(
            reasoning: golden["reasoning"]?.string,
            content: golden["content"]?.string,
            calls: (golden["tool_calls"]?.array ?? []).map { ($0.array ?? []).compactMap(\.string) }
        )
    }
}

/// A configuration for tests.
func makeConfiguration(
    tool: String? = nil,
    reasoning: String? = nil,
    tools: [ToolDefinition] = [],
    choice: ToolChoice = .auto
) throws -> OutputParserConfiguration {
    var configuration = OutputParserConfiguration()
    configuration.toolFormat = try tool.map { try ToolFormat.named($0) }
    configuration.reasoningFormat = try reasoning.map { try ReasoningFormat.named($0) }
    configuration.tools = tools
    configuration.toolChoice = choice
    return configuration
}

/// The tool of most transcripts, with parameters of every type.
let weatherTool = ToolDefinition(
    name: "get_weather",
    parameters: [
        "type": "object",
        "properties": [
            "city": ["type": "string"], "days": ["type": "integer"], "exact": ["type": "boolean"],
            "scale": ["type": "number"], "tags": ["type": "array", "items": ["type": "string"]],
            "place": ["type": "object"], "note": ["type": ["string", "null"]],
        ],
        "required": ["city"],
    ]
)

/// A tool without parameters.
let plainTool = ToolDefinition(name: "f2", parameters: ["type": "object", "properties": [:]])

/// Parses pieces one by one.
func parse(_ pieces: [String], _ configuration: OutputParserConfiguration, isCut: Bool = false) -> ParsedOutput {
    var parser = OutputParser(configuration, ids: ToolCallIDGenerator { 7 })
    var output = ParsedOutput()
    for piece in pieces { for event in parser.feed(piece) { output.append(event) } }
    for event in parser.finish(isCut: isCut) { output.append(event) }
    return output
}

/// Checks that a text is parsed into the same at once, character by character and in random pieces.
func checkOutputParser(
    _ text: String,
    _ configuration: OutputParserConfiguration,
    gives expected: Expected? = nil,
    isCut: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let whole = parse([text], configuration, isCut: isCut)
    if let expected { #expect(Expected(whole) == expected, "\(text)", sourceLocation: sourceLocation) }
    let single = parse(text.map { String($0) }, configuration, isCut: isCut)
    #expect(single == whole, "one by one: \(text)", sourceLocation: sourceLocation)
    var generator = SeededGenerator(seed: UInt64(text.utf8.count))
    for _ in 0..<20 {
        let pieces = randomPieces(of: text, using: &generator)
        #expect(
            parse(pieces, configuration, isCut: isCut) == whole,
            "pieces \(pieces)",
            sourceLocation: sourceLocation
        )
    }
}

/// A text in random pieces.
func randomPieces(of text: String, using generator: inout some RandomNumberGenerator) -> [String] {
    var pieces: [String] = []
    var rest = Array(text.unicodeScalars)[...]
    let longest = Int.random(in: 1...12, using: &generator)
    while !rest.isEmpty {
        let count = min(rest.count, Int.random(in: 1...longest, using: &generator))
        var piece = String.UnicodeScalarView()
        piece.append(contentsOf: rest.prefix(count))
        pieces.append(String(piece))
        rest = rest.dropFirst(count)
    }
    return pieces
}

/// A generator with a fixed sequence (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// The cases of a golden file of this target.
func goldens(_ name: String) throws -> [JSONValue] {
    let file = Fixtures.repository.appending(path: "Tests/OutputParsingTests/Fixtures/\(name).json")
    return try JSONParser.parse(try Fixtures.contents(of: file)).array ?? []
}
