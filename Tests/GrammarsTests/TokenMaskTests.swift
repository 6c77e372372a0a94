import MartletGrammars
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Masks against trying every token, and texts drawn from masks.
@Suite struct TokenMaskTests {
    static let sources: [GrammarSource] = [
        .jsonObject(),
        .jsonObject(JSONGrammarOptions(whitespace: .none)),
        .regex(#"[^"\\]*|"\w{2,5}"(é|日本|😀)+"#),
        .regex(#"(\d{1,3},)*x{0,3}"#),
        .choices(["yes", "no", "yesno", "日本", "\"a"]),
        .jsonSchema(["type": "array", "items": ["enum": ["ab", "abc", "a\"", 12, true, nil]], "maxItems": 3]),
        .jsonSchema([
            "type": "object",
            "properties": [
                "name": ["type": "string", "maxLength": 4], "ab": ["type": ["integer", "null"]],
                "next": ["$ref": "#"],
            ],
            "required": ["name"], "additionalProperties": false,
        ]),
        .jsonSchema([
            "anyOf": [["type": "string", "pattern": "^é+$"], ["type": "number", "multipleOf": 0.5, "maximum": 120]]
        ]),
    ]

    /// What a mask must be: the tokens whose bytes the matcher takes.
    static func oracle(_ matcher: GrammarMatcher) -> [UInt64] {
        let vocabulary = matcher.grammar.vocabulary
        var words = [UInt64](repeating: 0, count: vocabulary.maskWordCount)
        for index in 0..<vocabulary.count {
            var copy = matcher
            if copy.accept(TokenID(Int32(index))) { words[index / 64] |= 1 << UInt64(index % 64) }
        }
        return words
    }

    static func tokens(in mask: [UInt64]) -> [TokenID] {
        mask.indices.flatMap { word in
            (0..<64).filter { mask[word] >> UInt64($0) & 1 == 1 }.map { TokenID(Int32(word * 64 + $0)) }
        }
    }

    @Test(arguments: sources.indices) func `a mask holds the tokens that can follow`(_ index: Int) throws {
        let grammar = try CompiledGrammar(Self.sources[index], vocabulary: TestVocabularies.small)
        var generator = SeededGenerator(seed: UInt64(index))
        for _ in 0..<30 {
            var matcher = GrammarMatcher(grammar)
            for _ in 0..<40 {
                var mask: [UInt64] = [0]
                mask = [UInt64](repeating: 7, count: grammar.vocabulary.maskWordCount + 1)
                let isAny = matcher.fillMask(&mask)
                #expect(Array(mask.dropLast()) == Self.oracle(matcher))
                #expect(mask.last == 0)
                let allowed = Self.tokens(in: mask)
                #expect(isAny == !allowed.isEmpty)
                guard let token = allowed.randomElement(using: &generator) else { break }
                try matcher.take(token)
            }
        }
    }

    @Test(.enabled(if: Fixtures.areExpected))
    func `a mask of a real vocabulary holds the tokens that can follow`() throws {
        let vocabulary = try #require(TestVocabularies.llama)
        var generator = SeededGenerator(seed: 7)
        for source in Self.sources {
            let grammar = try CompiledGrammar(source, vocabulary: vocabulary)
            var matcher = GrammarMatcher(grammar)
            for _ in 0..<6 {
                let mask = matcher.allowedTokens()
                #expect(mask == Self.oracle(matcher))
                guard let token = Self.tokens(in: mask).randomElement(using: &generator) else { break }
                try matcher.take(token)
            }
        }
    }

    @Test func `special tokens are allowed only where a text ends`() throws {
        let grammar = try CompiledGrammar(.choices(["a", "ab"]), vocabulary: TestVocabularies.bytes)
        var matcher = GrammarMatcher(grammar)
        #expect(Self.tokens(in: matcher.allowedTokens()) == [TokenID(0x61)])
        #expect(matcher.refuses(TestVocabularies.end))
        try matcher.take(TokenID(0x61))
        #expect(Self.tokens(in: matcher.allowedTokens()) == [TokenID(0x62), TestVocabularies.end])
        #expect(matcher.refuses(TokenID(256)))
        #expect(matcher.refuses(TokenID(-1)))
        #expect(matcher.refuses(TokenID(900)))
        try matcher.take(TestVocabularies.end)
        #expect(matcher.isTerminated && Self.tokens(in: matcher.allowedTokens()).isEmpty)
        #expect(matcher.refuses(TokenID(0x62)))
        #expect(matcher.refuses(TestVocabularies.end))
    }

    @Test func `tokens can be taken back and copies go their own way`() throws {
        let grammar = try CompiledGrammar(.regex("a{0,100}(b|c)"), vocabulary: TestVocabularies.bytes)
        var matcher = GrammarMatcher(grammar, rollbackLimit: 8)
        let start = matcher.allowedTokens()
        for _ in 0..<60 { try matcher.take(TokenID(0x61)) }
        var copy = matcher
        try copy.take(TokenID(0x62))
        #expect(copy.canEnd)
        try copy.take(TestVocabularies.end)
        #expect(!matcher.canEnd)
        #expect(copy.cannotTakeBack(9))
        #expect(copy.cannotTakeBack(-1))
        try copy.takeBack(2)
        #expect(!copy.isTerminated)
        #expect(!copy.canEnd)
        try copy.takeBack(6)
        #expect(copy.cannotTakeBack(1_000))
        #expect(copy.allowedTokens() == start)
        try copy.take(TokenID(0x63))
        #expect(copy.canEnd)
    }

    @Test func `forced bytes go as far as there is no choice`() throws {
        let schema: JSONValue = [
            "type": "object", "properties": ["kind": ["const": "é\n"], "size": ["type": "integer"]],
            "required": ["kind", "size"], "additionalProperties": false,
        ]
        let source = GrammarSource.jsonSchema(schema, JSONGrammarOptions(whitespace: .none))
        var matcher = GrammarMatcher(try CompiledGrammar(source, vocabulary: TestVocabularies.bytes))
        #expect(matcher.forcedBytes() == Array(#"{"kind":""#.utf8) || matcher.forcedBytes() == [0x7B, 0x22])
        #expect(matcher.forcedBytes(limit: 1) == [0x7B])
        try matcher.take(bytes: Array(#"{"kind":"é\n","size":"#.utf8))
        #expect(matcher.forcedBytes() == [])
    }

    @Test func `white space is what the options say`() throws {
        let schema: JSONValue = ["type": "array", "items": ["type": "integer"]]
        func accepts(_ whitespace: JSONGrammarOptions.Whitespace, _ text: String) throws -> Bool {
            let source = GrammarSource.jsonSchema(schema, JSONGrammarOptions(whitespace: whitespace))
            return try CompiledGrammar(source, vocabulary: TestVocabularies.bytes).accepts(text)
        }
        #expect(try accepts(.flexible, "[\n  1,\n  2\n]") && accepts(.flexible, "[]") && accepts(.flexible, "[ ]"))
        #expect(try accepts(.none, "[1,2]") && !accepts(.none, "[1, 2]"))
        #expect(try accepts(.pattern(" ?"), "[1, 2 ]") && !accepts(.pattern(" ?"), "[1,  2]"))
    }

    @Test func `states that outgrow the memory bound are carried over`() throws {
        let source = GrammarSource.jsonSchema(true)
        let grammar = try CompiledGrammar(source, vocabulary: TestVocabularies.small, memoryLimit: 100_000)
        var matcher = GrammarMatcher(grammar)
        for depth in 0..<300 {
            try matcher.take(bytes: Array("{\"k\(depth)\":[".utf8))
        }
        #expect(matcher.allowedTokens() == Self.oracle(matcher))
        for _ in 0..<300 { try matcher.take(bytes: Array("]}".utf8)) }
        #expect(matcher.canEnd)
    }
}
