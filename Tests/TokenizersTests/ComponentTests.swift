import MartletJSON
import MartletTokenizers
import Testing

/// Single normalizers and splitters against the reference: a word-level model shows their results as tokens.
@Suite struct ComponentTests {
    static func wordLevel(_ words: [String]) -> JSONValue {
        var vocabulary = JSONObject([("[UNK]", .integer(0))])
        for word in words where vocabulary[word] == nil { vocabulary[word] = .integer(vocabulary.count) }
        return ["type": "WordLevel", "unk_token": "[UNK]", "vocab": .object(vocabulary)]
    }

    @Test(arguments: ["NFC", "NFD", "NFKC", "NFKD"]) func `normalizes as the reference`(_ form: String) throws {
        let golden = try TestTokenizers.golden("components")
        let texts = try #require(golden["texts"]?.array)
        let expected = try #require(golden["forms"]?[form]?.array).compactMap(\.string)
        let tokenizer = try TestTokenizers.tokenizer(
            model: Self.wordLevel(expected),
            "normalizer",
            ["type": .string(form)]
        )
        for (text, result) in zip(texts, expected) {
            let ids = tokenizer.encode(text.string ?? "")
            #expect(ids.map { tokenizer.token(for: $0)?.bytes } == [result.bytes], "\(text)")
        }
    }

    @Test(arguments: 0..<13) func `splits as the reference`(_ index: Int) throws {
        let golden = try TestTokenizers.golden("components")
        let subjects = try #require(golden["subjects"]?.array)
        let entry = try #require(golden["patterns"]?[index])
        let pattern = try #require(entry["pattern"])
        let expected = try #require(entry["pieces"]?.array).map { ($0.array ?? []).compactMap(\.string) }
        let splitter: JSONValue = ["type": "Split", "pattern": ["Regex": pattern], "behavior": "Isolated"]
        let tokenizer = try TestTokenizers.tokenizer(
            model: Self.wordLevel(expected.flatMap { $0 }),
            "pre_tokenizer",
            splitter
        )
        #expect(expected.count == subjects.count && !expected.isEmpty)
        for (subject, pieces) in zip(subjects, expected) {
            let found = tokenizer.encode(subject.string ?? "").map { tokenizer.token(for: $0)?.bytes }
            #expect(found == pieces.map(\.bytes), "\(pattern) \(subject)")
        }
    }

    /// What the reference makes of `a,,b, c` when splitting at commas.
    static let behaviors: [(String, [String])] = [
        ("Removed", ["a", "b", " c"]),
        ("Isolated", ["a", ",", ",", "b", ",", " c"]),
        ("MergedWithPrevious", ["a,", ",", "b,", " c"]),
        ("MergedWithNext", ["a", ",", ",b", ", c"]),
        ("Contiguous", ["a", ",,", "b", ",", " c"]),
    ]

    @Test(arguments: behaviors) func `joins what it splits`(_ behavior: String, _ pieces: [String]) throws {
        let splitter: JSONValue = ["type": "Split", "pattern": ["String": ","], "behavior": .string(behavior)]
        let tokenizer = try TestTokenizers.tokenizer(model: Self.wordLevel(pieces), "pre_tokenizer", splitter)
        #expect(tokenizer.encode("a,,b, c").map { tokenizer.token(for: $0) } == pieces)
    }

    static let refused = [
        "(", ")", "a)", "[", "[]", "[a", "*", "|*", "(?", "(?<", "(?<>a)", "(?<1>a)", "\\p{Nonsense}", "\\p{Han", "\\",
        "[b-a]",
        "[a-\\d]", "[[:nonsense:]]", "\\k", "\\k<n>", "\\1", "(?<n>a)\\1", "\\g<1>", "\\K", "\\X", "\\y", "(?~a)",
        "(?(1)a|b)",
        "(?{x})", "(*FAIL)", "a{9999999}", "\\x{110000}", "\\uD800", "\\xFF", "\\c", "(?W:a)",
        String(repeating: "(", count: 200), String(repeating: "[", count: 200), String(repeating: "a", count: 20_000),
        "(?:(?:(?:a{90}b){90}c){90}d){90}",
    ]

    @Test(arguments: refused) func `refuses patterns it cannot match exactly`(_ pattern: String) {
        let splitter: JSONValue = ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated"]
        #expect {
            _ = try TestTokenizers.tokenizer(model: Self.wordLevel([]), "pre_tokenizer", splitter)
        } throws: { error in
            if case .unsupportedPattern = error as? TokenizerError { true } else { false }
        }
    }
}
