import MartletGrammars
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Sources that try to cost the server its time or memory, and sources made at random.
@Suite struct HostileSourceTests {
    static let patterns = [
        "(a*)*b", "(a|a)*", "(x+x+)+y", "((a{0,1000}){0,1000}){0,1000}", ".*a.{400}", "(.|a){0,30000}", "[\\w]{1,2000}",
        "((){30000}){30000}", "a{99999999999999999999}", String(repeating: "(", count: 100_000),
        String(repeating: "|", count: 100_000),
        String(repeating: "a?", count: 2_000) + String(repeating: "a", count: 2_000),
        String(repeating: "\\b", count: 5_000), "(\\w*\\d*\\s*){50}x",
    ]

    @Test(arguments: patterns.indices) func `patterns end soon`(_ index: Int) {
        Self.compile(.regex(Self.patterns[index]))
    }

    static let schemas: [JSONValue] = {
        let loop: JSONValue = ["allOf": [["$ref": "#"]]]
        let choice: JSONValue = ["anyOf": .array((0..<4).map { ["required": [.string("k\($0)")]] })]
        let dependencies = JSONObject((0..<30).map { ("a\($0)", .array([.string("b\($0)")])) })
        let chain = JSONObject((0..<1_000).map { ("s\($0)", ["$ref": .string("#/$defs/s\($0 + 1)")]) })
        let wide = JSONObject((0..<5_000).map { ("name\($0)", ["type": "integer"]) })
        let patterns = JSONObject((0..<40).map { (".*\($0)", ["minimum": .integer($0)]) })
        let strings = (0..<20_000).map { JSONValue.string("value \($0)") }
        let shapes = (0..<100).map { JSONValue.object(JSONObject([("required", [.string("r\($0)")])])) }
        return [
            loop, ["$ref": "#"], ["allOf": .array(Array(repeating: choice, count: 12))],
            ["dependentRequired": .object(dependencies)], ["$ref": "#/$defs/s0", "$defs": .object(chain)],
            ["type": "object", "properties": .object(wide)], ["patternProperties": .object(patterns)],
            ["enum": .array(strings)], ["oneOf": .array(shapes)], ["type": "array", "minItems": 1_000_000_000],
            ["type": "array", "maxItems": 1_000_000_000], ["type": "string", "maxLength": 1_000_000_000],
            ["type": "number", "multipleOf": 1e-300], ["type": "number", "minimum": 1e300, "maximum": 1e308],
            ["type": "object", "minProperties": 1_000_000_000],
            ["not": ["not": ["not": ["properties": .object(wide)]]]],
            ["type": "array", "uniqueItems": true, "items": ["enum": .array(strings)]],
            ["type": "array", "uniqueItems": true, "items": ["enum": .array((0..<30).map { .integer($0) })]],
        ]
    }()

    @Test(arguments: schemas.indices) func `schemas end soon`(_ index: Int) {
        Self.compile(.jsonSchema(Self.schemas[index]))
    }

    static let grammars = [
        "root ::= root", "root ::= a\na ::= b\nb ::= a", "root ::= root root | \"a\"",
        "root ::= \"a\"{1000}{1000}{1000}",
        "root ::= " + String(repeating: "(", count: 50_000), "root ::= x", "root ::= \"", "root ::= [z-a]", "",
        "start: start?",
        "root ::= a root a | \"\"\na ::= [^x]{0,3000} \"x\"", "start: (A|B)+\nA: /.*a.{300}/\nB: /.*b.{300}/",
        "root ::= \"a\"**********",
        (0..<3_000).map { "r\($0) ::= r\($0 + 1) r\($0 + 1)" }.joined(separator: "\n")
            + "\nr3000 ::= \"x\"\nroot ::= r0",
    ]

    @Test(arguments: [
        ("root ::= root \"a\" | \"b\"", "line 1"), ("root ::= x\nx ::= y? x \"a\" | \"b\"\ny ::= \"c\"", "line 2"),
        ("root ::= \"a\" x\nx ::= (\"\" | \"b\") y\ny ::= x+", "line 3"),
    ])
    func `left recursion is refused where the notation forbids it`(text: String, place: String) {
        #expect(
            performing: {
                try CompiledGrammar(.ebnf(text), vocabulary: TestVocabularies.bytes)
            },
            throws: { "\($0)".contains("left-recursive") && "\($0)".contains(place) }
        )
        #expect(throws: Never.self) {
            try CompiledGrammar(
                .ebnf("start: sum\nsum: sum \"+\" N | N\nN: /[0-9]/"),
                vocabulary: TestVocabularies.bytes
            )
        }
    }

    @Test func `an ambiguous grammar takes no more states than its text is long`() throws {
        for notation in [
            #"start: "a" start "b" | "a" start "c" | "d""#,
            #"root ::= "a" root "b" | "a" root "c" | "d""#,
        ] {
            let grammar = try CompiledGrammar(.ebnf(notation), vocabulary: TestVocabularies.bytes)
            let open = String(repeating: "a", count: 60)
            let close = (0..<60).map { $0 % 3 == 0 ? "c" : "b" }.joined()
            #expect(grammar.accepts(open + "d" + close))
            #expect(!grammar.accepts(open + "d" + close + "b"))
            #expect(!grammar.accepts(open + "d" + close.dropLast()))
        }
    }

    @Test(arguments: grammars.indices) func `grammars end soon`(_ index: Int) {
        Self.compile(.ebnf(Self.grammars[index]))
    }

    /// Compiles and follows a few bytes; an error is as good as a grammar, but both must come soon.
    static func compile(_ source: GrammarSource) {
        let start = ContinuousClock.now
        if let grammar = try? CompiledGrammar(source, vocabulary: TestVocabularies.small) {
            var matcher = GrammarMatcher(grammar)
            var generator = SeededGenerator(seed: 1)
            for _ in 0..<50 {
                let allowed = TokenMaskTests.tokens(in: matcher.allowedTokens())
                guard let token = allowed.randomElement(using: &generator), matcher.accept(token) else { break }
            }
        }
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test func `a cancelled compilation ends`() async {
        let task = Task { () -> Bool in
            while !Task.isCancelled { await Task.yield() }
            do {
                _ = try CompiledGrammar(.regex(".*a.{12}"), vocabulary: TestVocabularies.bytes)
                return false
            } catch {
                return (error as? GrammarError) == .cancelled
            }
        }
        task.cancel()
        #expect(await task.value)
    }

    @Test func `errors name the keyword and its place`() {
        let cases: [(JSONValue, String)] = [
            (["properties": ["a": ["type": "array", "uniqueItems": true]]], "#/properties/a/uniqueItems"),
            (["items": ["unevaluatedProperties": false]], "#/items/unevaluatedProperties"),
            (["type": "strin"], "#/type"), (["$ref": "#/$defs/x"], "#/$ref"), (["$ref": "other.json"], "#/$ref"),
            (["properties": ["a/b": ["pattern": "("]]], "#/properties/a~1b/pattern"),
            (["properties": ["a": ["pattern": "(?=x)"]]], "#/properties/a/pattern"),
            (["format": "nonsense"], "#/format"), (["minLength": -1], "#/minLength"), (["items": 5], "#/items"),
            (["multipleOf": 0], "#/multipleOf"), (["anyOf": []], "#/anyOf"),
        ]
        for (schema, place) in cases {
            do {
                _ = try CompiledGrammar(.jsonSchema(schema), vocabulary: TestVocabularies.bytes)
                Issue.record("\(schema.serialized) compiles")
            } catch {
                #expect(error.description.contains("(at \(place))"), "\(error)")
            }
        }
    }

    @Test func `sources at random neither crash nor hang`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<Fuzzing.rounds(300) {
            let letters = Array("ab.*+?|()[]{}^$\\dwsbpuxA0,1-2é\"")
            let pattern = String(
                (0..<Int.random(in: 1..<24, using: &generator)).map { _ in
                    letters.randomElement(using: &generator) ?? "a"
                }
            )
            Self.compile(.regex(pattern))
            let words = [
                "root", "::=", "\"a\"", "|", "(", ")", "*", "+", "{2}", "[a-c]", "b", "\n", "start", ":", "/x+/", "~",
                "%ignore", "..", "?",
            ]
            let grammar = (0..<Int.random(in: 1..<20, using: &generator)).map { _ in
                words.randomElement(using: &generator) ?? ""
            }
            Self.compile(.ebnf("root ::= " + grammar.joined(separator: " ")))
            Self.compile(.ebnf("start: " + grammar.joined(separator: " ")))
        }
        for _ in 0..<Fuzzing.rounds(300) { Self.compile(.jsonSchema(Self.schema(depth: 3, &generator))) }
    }

    /// A schema of random keywords with values of mostly the right kinds.
    static func schema(depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
        var members: [(String, JSONValue)] = []
        func inner(_ generator: inout SeededGenerator) -> JSONValue {
            depth == 0
                ? [true, false, [:], ["type": "string"], ["$ref": "#"]].randomElement(using: &generator) ?? true
                : schema(depth: depth - 1, &generator)
        }
        let small = JSONValue.integer(Int.random(in: -1...4, using: &generator))
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            switch Int.random(in: 0..<22, using: &generator) {
            case 0:
                members.append(
                    (
                        "type",
                        ["string", "object", "array", "integer", "number", "x"].randomElement(using: &generator) ?? 1
                    )
                )
            case 1: members.append(("properties", ["a": inner(&generator), "b": inner(&generator)]))
            case 2: members.append(("required", ["a", "c"]))
            case 3: members.append(("additionalProperties", inner(&generator)))
            case 4: members.append(("items", inner(&generator)))
            case 5: members.append(("prefixItems", [inner(&generator)]))
            case 6: members.append(("anyOf", [inner(&generator), inner(&generator)]))
            case 7: members.append(("oneOf", [inner(&generator), inner(&generator)]))
            case 8: members.append(("allOf", [inner(&generator), inner(&generator)]))
            case 9: members.append(("not", inner(&generator)))
            case 10: members.append(("contains", inner(&generator)))
            case 11: members.append(("minItems", small))
            case 12: members.append(("maxProperties", small))
            case 13: members.append(("minProperties", small))
            case 14: members.append(("minimum", small))
            case 15: members.append(("exclusiveMaximum", 2.5))
            case 16: members.append(("pattern", "^a|b+$"))
            case 17: members.append(("enum", ["a", 1, nil, [1], ["a": "x"]]))
            case 18: members.append(("if", inner(&generator)))
            case 19: members.append(("dependentSchemas", ["a": inner(&generator)]))
            case 20: members.append(("patternProperties", ["^a": inner(&generator), "b": inner(&generator)]))
            default: members.append(("maxLength", small))
            }
        }
        return .object(JSONObject(members))
    }
}
