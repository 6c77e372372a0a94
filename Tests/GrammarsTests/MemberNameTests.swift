import MartletGrammars
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Names of members that the schema does not name come once per object.
@Suite struct MemberNameTests {
    private static let object = GrammarSource.jsonObject(JSONGrammarOptions(whitespace: .none))

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"a":3}"#, #"{"é":1,"\u00e9":2}"#, #"{"\n":1,"\u000A":2}"#,
        #"{"😀":1,"\ud83d\ude00":2}"#, #"{"x":{"a":1,"a":2}}"#, #"{"x":[{"b":{}},{"c":1,"c":2}]}"#, #"{"":1,"":2}"#,
        #"{"a":{"b":1},"a":2}"#, #"{"a\"b":1,"a\"b":2}"#,
    ])
    func `a name does not come again`(text: String) throws {
        for vocabulary in [TestVocabularies.bytes, TestVocabularies.small] {
            let grammar = try CompiledGrammar(Self.object, vocabulary: vocabulary)
            #expect(!grammar.accepts(text))
        }
    }

    @Test(arguments: [
        #"{"a":{"a":{"a":[{"a":1},{"a":2}]}}}"#, #"{"a":1,"aa":2,"A":3,"":4," a":5}"#, #"{"a":"a","b":"a\"a"}"#,
        #"{"x":[{"b":1},{"b":2},{"b":{"b":3,"c":{}},"c":4}],"b":1}"#, #"{"\\u0061":1,"a":2}"#,
    ])
    func `other names and other objects are free`(text: String) throws {
        let grammar = try CompiledGrammar(Self.object, vocabulary: TestVocabularies.small)
        #expect(grammar.accepts(text))
    }

    @Test func `a mask leaves out the tokens that complete a known name`() throws {
        let grammar = try CompiledGrammar(.jsonObject(), vocabulary: TestVocabularies.small)
        var generator = SeededGenerator(seed: 3)
        for start in [#"{"ab": 1, "#, #"{"ab": "x", "a": 2"#, #"{"ab": 1, "a"#, #"{"abc": [{"ab": 0}], "x": 1, "#] {
            var matcher = GrammarMatcher(grammar)
            for byte in start.utf8 { try matcher.take(bytes: [byte]) }
            for _ in 0..<60 {
                let mask = matcher.allowedTokens()
                #expect(mask == TokenMaskTests.oracle(matcher))
                guard let token = TokenMaskTests.tokens(in: mask).randomElement(using: &generator) else { break }
                try matcher.take(token)
            }
        }
    }

    @Test func `names are taken back with their tokens`() throws {
        let grammar = try CompiledGrammar(Self.object, vocabulary: TestVocabularies.bytes)
        var matcher = GrammarMatcher(grammar)
        for byte in #"{"a":1,"b":"#.utf8 { try matcher.take(bytes: [byte]) }
        try matcher.takeBack(4)
        for byte in #""b":2,"c"#.utf8 { try matcher.take(bytes: [byte]) }
        try matcher.takeBack(1)
        try matcher.take(bytes: Array("b".utf8))
        #expect(matcher.refuses(TokenID(0x22)))
    }

    @Test func `a fresh machine knows the names`() throws {
        let grammar = try CompiledGrammar(Self.object, vocabulary: TestVocabularies.bytes, memoryLimit: 20_000)
        var matcher = GrammarMatcher(grammar)
        var text = "{"
        for index in 0..<60 { text += "\"name\(index)\":[[{\"name\(index)\":\(index)}]]," }
        for byte in text.utf8 { try matcher.take(bytes: [byte]) }
        for byte in "\"name7".utf8 { try matcher.take(bytes: [byte]) }
        #expect(matcher.refuses(TokenID(0x22)))
    }

    @Test func `members are counted by their names`() throws {
        let schema: JSONValue = ["type": "object", "minProperties": 2, "additionalProperties": ["type": "integer"]]
        let source = GrammarSource.jsonSchema(schema, JSONGrammarOptions(whitespace: .none))
        let grammar = try CompiledGrammar(source, vocabulary: TestVocabularies.bytes)
        #expect(grammar.accepts(#"{"a":1,"b":2}"#))
        #expect(!grammar.accepts(#"{"a":1,"a":2}"#))
    }

    @Test func `names come again only where the schema has no others`() throws {
        let schema: JSONValue = [
            "type": "object", "minProperties": 2, "additionalProperties": false, "patternProperties": ["^a$": true],
        ]
        let grammar = try CompiledGrammar(
            .jsonSchema(schema, JSONGrammarOptions(whitespace: .none)),
            vocabulary: TestVocabularies.bytes
        )
        var matcher = GrammarMatcher(grammar)
        for byte in #"{"a":1,"a"#.utf8 { try matcher.take(bytes: [byte]) }
        #expect(TokenMaskTests.tokens(in: matcher.allowedTokens()) == [TokenID(0x22)])
    }
}
