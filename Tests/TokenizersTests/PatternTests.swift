import MartletJSON
import MartletTokenizers
import Testing

@Suite struct PatternTests {
    static func splitter(_ pattern: String) throws -> Tokenizer {
        let value: JSONValue = ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated"]
        return try TestTokenizers.tokenizer(model: ComponentTests.wordLevel(["a"]), "pre_tokenizer", value)
    }

    @Test func `splits at random patterns as the reference`() throws {
        let entries = try #require(try TestTokenizers.golden("patterns").array)
        #expect(entries.count == 300)
        for entry in entries {
            let pattern = try #require(entry["pattern"])
            let texts = try #require(entry["texts"]?.array)
            let expected = try #require(entry["pieces"]?.array).map { ($0.array ?? []).compactMap(\.string) }
            let value: JSONValue = [
                "type": "Split", "pattern": ["Regex": pattern], "behavior": entry["behavior"] ?? .null,
                "invert": entry["inverted"] ?? .null,
            ]
            let model = ComponentTests.wordLevel(expected.flatMap { $0 })
            let tokenizer = try TestTokenizers.tokenizer(model: model, "pre_tokenizer", value)
            for (text, pieces) in zip(texts, expected) {
                let found = tokenizer.encode(text.string ?? "").map { tokenizer.token(for: $0)?.bytes }
                #expect(found == pieces.map(\.bytes), "\(pattern) \(text)")
            }
        }
    }

    /// What Oniguruma makes of escapes by number where case is ignored.
    @Test(arguments: [
        ("(?i)\\141", "xAa", ["x", "A", "a"]), ("(?i)x\\141", "bXA", ["b", "XA"]),
        ("(?i)\\163\\163", "aßb", ["a", "ß", "b"]), ("(?i)(b)\\1", "abBc", ["a", "bB", "c"]),
    ]) func `numbered escapes ignore case`(_ pattern: String, _ text: String, _ pieces: [String]) throws {
        let value: JSONValue = ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated"]
        let tokenizer = try TestTokenizers.tokenizer(model: ComponentTests.wordLevel(pieces), "pre_tokenizer", value)
        #expect(tokenizer.encode(text).map { tokenizer.token(for: $0) } == pieces)
    }

    static let explosive = [
        "(?:a|a)*b", "(?:(?:a?){90}){90}b", "(?:a|aa)+c", "(a*)\\1*c", "(?<=a*c)b",
    ]

    @Test(.timeLimit(.minutes(5)), arguments: ["(?:a+)+$", "(?:a*)*c", "(?=a*c)"])
    func `ends where matching may explode`(
        _ pattern: String
    ) throws {
        let tokenizer = try Self.splitter(pattern)
        #expect(try !tokenizer.checkedEncode(String(repeating: "a", count: 3000)).isEmpty)
    }

    @Test(.timeLimit(.minutes(5)), arguments: explosive) func `gives up where matching explodes`(
        _ pattern: String
    ) throws {
        let tokenizer = try Self.splitter(pattern)
        let text = String(repeating: "a", count: 3000)
        #expect(!tokenizer.encode(text).isEmpty)
        #expect(throws: TokenizerError.exhaustedPattern(pattern: pattern)) { try tokenizer.checkedEncode(text) }
    }
}
