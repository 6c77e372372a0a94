import MartletGrammars
import MartletJSON
import MartletOutputParsing
import MartletTokenizers
import Testing

@Suite("Constraints of calls")
struct ToolConstraintTests {
    private static let tools = [
        ToolDefinition(
            name: "get_weather",
            parameters: [
                "type": "object",
                "properties": [
                    "city": ["type": "string", "enum": ["Paris", "Oslo"]], "days": ["type": "integer", "maximum": 9],
                ],
                "required": ["city"], "additionalProperties": false,
            ],
            isStrict: true
        ),
        ToolDefinition(
            name: "note",
            parameters: ["type": "object", "properties": ["text": ["type": "string"]], "required": ["text"]]
        ),
    ]

    private func grammar(_ constraint: ToolConstraint) throws -> CompiledGrammar {
        let bytes = (UInt8.min...UInt8.max).map { [$0] }
        let vocabulary = TokenVocabulary(tokens: bytes, endTokens: [])
        return try CompiledGrammar(.structuralTag(constraint.structuralTag), vocabulary: vocabulary)
    }

    private func accepts(_ grammar: CompiledGrammar, _ text: String) -> Bool {
        var matcher = GrammarMatcher(grammar)
        return matcher.accept(bytes: Array(text.utf8)) && matcher.canEnd
    }

    /// A text that the grammar accepts, by a random walk that now and then tries the texts that end something.
    private func sample(_ grammar: CompiledGrammar, ends: [String], using generator: inout SeededGenerator) -> String? {
        var matcher = GrammarMatcher(grammar)
        var bytes: [UInt8] = []
        for _ in 0..<2000 {
            if matcher.canEnd, Int.random(in: 0..<4, using: &generator) == 0 {
                return String(validating: bytes, as: UTF8.self)
            }
            var ending = matcher
            if let end = ends.randomElement(using: &generator), ending.accept(bytes: Array(end.utf8)) {
                matcher = ending
                bytes += Array(end.utf8)
                continue
            }
            let start = UInt8.random(in: 0x20...0x7E, using: &generator)
            let candidates = (0..<256).map { start &+ UInt8($0) }
            guard
                let next = candidates.first(where: { byte in
                    var trial = matcher
                    return trial.accept(bytes: [byte])
                })
            else { return matcher.canEnd ? String(validating: bytes, as: UTF8.self) : nil }
            _ = matcher.accept(bytes: [next])
            bytes.append(next)
        }
        return nil
    }

    @Test(
        "what a demanded call's constraint accepts is parsed into calls that satisfy it",
        arguments: ToolFormat.all.map { $0.names[0] }
    )
    func demanded(_ name: String) throws {
        for choice in [ToolChoice.required, .named("get_weather"), .named("note")] {
            let configuration = try makeConfiguration(tool: name, tools: Self.tools, choice: choice)
            let grammar = try grammar(try #require(ToolConstraint.forced(configuration)))
            let ends = try ToolFormat.named(name).markers.flatMap { [$0, "\n" + $0, $0 + "\n"] }
            var generator = SeededGenerator(seed: 3)
            var count = 0
            for _ in 0..<12 {
                guard let text = sample(grammar, ends: ends, using: &generator) else { continue }
                count += 1
                let output = parse([text], configuration)
                #expect(!output.toolCalls.isEmpty, "\(text)")
                #expect(output.content == nil, "\(text)")
                if choice != .required { #expect(output.toolCalls.count == 1, "\(text)") }
                for call in output.toolCalls {
                    #expect(call.isComplete, "\(text)")
                    let arguments = try JSONParser.parse(call.arguments)
                    if case .named(let name) = choice { #expect(call.name == name) }
                    if call.name == "get_weather" {
                        #expect(["Paris", "Oslo"].contains(arguments["city"]?.string), "\(text)")
                        #expect(arguments["days"].map { $0.integer ?? 10 <= 9 } ?? true, "\(text)")
                    } else {
                        #expect(call.name == "note")
                        #expect(arguments["text"]?.string != nil, "\(text)")
                    }
                }
            }
            #expect(count > 3, "\(name) \(choice)")
        }
    }

    @Test("texts that a demanded call may and may not be")
    func accepted() throws {
        let hermes = try grammar(
            try #require(
                ToolConstraint.forced(
                    try makeConfiguration(tool: "hermes", tools: Self.tools, choice: .required)
                )
            )
        )
        let call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>"
        #expect(accepts(hermes, call))
        #expect(accepts(hermes, call + "\n" + call))
        #expect(!accepts(hermes, ""))
        #expect(!accepts(hermes, "x" + call))
        #expect(!accepts(hermes, call.replacing("Oslo", with: "Rome")))
        #expect(!accepts(hermes, call.replacing("get_weather", with: "other")))
        var single = try makeConfiguration(tool: "hermes", tools: Self.tools, choice: .required)
        single.allowsParallelCalls = false
        let one = try grammar(try #require(ToolConstraint.forced(single)))
        #expect(accepts(one, call))
        #expect(!accepts(one, call + "\n" + call))
        let coder = try grammar(
            try #require(
                ToolConstraint.forced(
                    try makeConfiguration(tool: "qwen3_coder", tools: Self.tools, choice: .named("get_weather"))
                )
            )
        )
        let element =
            "<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>"
        #expect(accepts(coder, element))
        #expect(
            accepts(coder, element.replacing("</parameter>", with: "</parameter>\n<parameter=days>\n3\n</parameter>"))
        )
        #expect(
            !accepts(coder, element.replacing("</parameter>", with: "</parameter>\n<parameter=days>\n30\n</parameter>"))
        )
        #expect(!accepts(coder, element.replacing("Oslo", with: "Rome")))
    }

    @Test("where markup cannot hold a schema, the call is JSON")
    func fallback() throws {
        let tool = ToolDefinition(
            name: "f",
            parameters: [
                "type": "object", "properties": ["a": ["type": "string", "pattern": "^x+$"]], "required": ["a"],
            ]
        )
        for choice in [ToolChoice.named("f"), .required] {
            let configuration = try makeConfiguration(tool: "qwen3_coder", tools: [tool], choice: choice)
            let grammar = try grammar(try #require(ToolConstraint.forced(configuration)))
            let arguments = #"{"a": "xx"}"#
            let text = choice == .required ? #"[{"name": "f", "parameters": \#(arguments)}]"# : arguments
            #expect(accepts(grammar, text))
            #expect(!accepts(grammar, text.replacing("xx", with: "y")))
            checkOutputParser(text, configuration, gives: Expected(calls: [["f", arguments]]))
        }
        let none = try makeConfiguration(tools: [tool], choice: .named("f"))
        #expect(ToolConstraint.forced(none) != nil)
        #expect(ToolConstraint.forced(try makeConfiguration(tool: "hermes", tools: [tool])) == nil)
    }

    @Test(
        "calls that the model may make satisfy strict schemas",
        arguments: ["hermes", "granite", "kimi_k2", "glm45", "deepseek_v31", "mistral"]
    )
    func automatic(_ name: String) throws {
        let configuration = try makeConfiguration(tool: name, tools: Self.tools)
        let grammar = try grammar(try #require(ToolConstraint.automatic(configuration)))
        #expect(accepts(grammar, "Hello, no call."))
        let begin = try #require(ToolFormat.named(name).markers.first { accepts(grammar, $0) == false })
        #expect(!accepts(grammar, "Hello " + begin + "x"))
        var loose = configuration
        loose.tools = Self.tools.map { ToolDefinition(name: $0.name, parameters: $0.parameters) }
        #expect(ToolConstraint.automatic(loose) == nil)
    }

    @Test("a strict call among text")
    func automaticCalls() throws {
        let configuration = try makeConfiguration(tool: "hermes", tools: Self.tools)
        let grammar = try grammar(try #require(ToolConstraint.automatic(configuration)))
        let call = "Hi <tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call> bye"
        #expect(accepts(grammar, call))
        #expect(!accepts(grammar, call.replacing("Oslo", with: "Rome")))
        #expect(accepts(grammar, "<tool_call>\n{\"name\": \"note\", \"arguments\": {\"any\": 1}}\n</tool_call>"))
    }
}
