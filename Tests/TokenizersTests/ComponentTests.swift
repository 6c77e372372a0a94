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
        "(", ")", "a)", "[", "[]", "[a", "*", "a**", "(?<=a)b", "(?>a)", "\\p{Han", "\\p{Nonsense}", "a{2,1}", "\\",
        "(a|bc)*d", "[a&&b]", "[[a]]", "(?i:é)", "\\k", "x*", "", "a{9999999}", "(?=a)", "\\x{110000}", "\\uD800",
        String(repeating: "(", count: 200),
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
