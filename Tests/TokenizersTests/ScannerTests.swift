import MartletJSON
import MartletTokenizers
import Testing

/// Expressions that are cut by hand, against the general matcher on the same text.
@Suite struct ScannerTests {
    static let spaces = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    static let contractions = "'s|'t|'re|'ve|'m|'ll|'d"
    static let cased = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
    static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    static let ascii = ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"##

    /// GPT-2, its possessive form, CLIP, cl100k and its forms, Qwen, o200k and its forms, Tekken, DeepSeek, and short ones.
    static let patterns: [String] = {
        let tail = #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"# + spaces
        let single = #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"# + spaces
        let marked = #"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"# + spaces
        func words(_ end: String, _ numbers: String) -> String {
            let prefix = #"[^\r\n\p{L}\p{N}]?"#
            return "\(prefix)\(upper)*\(lower)+\(end)|\(prefix)\(upper)+\(lower)*\(end)|\(numbers)"
                + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + spaces
        }
        return [
            contractions + #"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"#,
            contractions + #"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#,
            "(?i:\(contractions))|\(tail)", "(?i:\(contractions))|\(single)", "\(cased)|\(tail)", "\(cased)|\(single)",
            "(?i:\(contractions))|\(marked)",
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"#,
            words("(?i:\(contractions))?", #"\p{N}{1,3}"#), words("\(cased)?", #"\p{N}{1,3}"#), words("", #"\p{N}"#),
            ascii + #"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"# + spaces,
            #"\s?\p{L}+"#, #"\s?\p{P}+"#, #"\p{N}{1,3}"#, #"\p{N}+"#, #"[\r\n]"#, "[0-9][0-9][0-9]", #"\p{N}"#,
            "[一-龥\u{3040}-\u{309F}\u{30A0}-\u{30FF}]+",
        ]
    }()

    /// One token for each byte, and another for a byte that ends a piece, so that the tokens tell where pieces end.
    static func splitter(_ pattern: String) throws -> Tokenizer {
        var vocabulary = JSONObject([])
        for (id, token) in byteTokens.enumerated() {
            vocabulary[token] = .integer(id)
            vocabulary[token + "</w>"] = .integer(id + 256)
        }
        let split: JSONValue = [
            "type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false,
        ]
        let byteLevel: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false]
        return try Tokenizer(json: [
            "model": [
                "type": "BPE", "vocab": .object(vocabulary), "merges": [], "end_of_word_suffix": "</w>",
            ],
            "pre_tokenizer": ["type": "Sequence", "pretokenizers": [split, byteLevel]], "decoder": byteLevel,
        ])
    }

    static let byteTokens: [String] = {
        let members = ByteTokenizerFile.json()["model"]?["vocab"]?.object?.members ?? []
        return members.sorted { ($0.value.integer ?? 0) < ($1.value.integer ?? 0) }.map(\.key)
    }()

    /// What the expressions tell apart, and what comes often.
    static let pools = [
        "abcdefghijklmnopqrstuvwxyz", "ABCXYZ", "   \t\n\r", "0123456789", "'''", "sStTmMdDlLrReEvV",
        ".,;:!?()[]{}<>/\\-_$+=^~|`",
        "éßñÅžſKİı", "привет", "日本語中文ひらカナ", "\u{301}\u{323}\u{5B0}", "ǅʰªªº", "٣½Ⅷ²",
        "\u{A0}\u{2003}\u{3000}\u{85}\u{200B}", "😀👍",
        "\u{FFFD}\u{E000}\u{378}",
    ].map { Array($0.unicodeScalars) }

    static func text(_ random: inout SplitMix) -> String {
        var text = ""
        let count = Int.random(in: 0..<24, using: &random)
        for _ in 0..<count {
            let pool = pools[Int.random(in: pools.indices, using: &random)]
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                text.unicodeScalars.append(pool[Int.random(in: pool.indices, using: &random)])
            }
        }
        return text
    }

    @Test(arguments: patterns) func `cuts as the general matcher`(_ pattern: String) throws {
        let byHand = try Self.splitter(pattern)
        // no expression that is known by its text or shape, with the same matches
        let general = try Self.splitter("(?:\(pattern))|(?:\(pattern))")
        var random = SplitMix(state: 42)
        for _ in 0..<1500 {
            let text = Self.text(&random)
            let pieces = byHand.encode(text)
            #expect(pieces == general.encode(text), "\(text.debugDescription)")
            #expect(text.isEmpty || pieces.contains { $0.rawValue >= 256 })
        }
    }
}
