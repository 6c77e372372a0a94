import Foundation
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Damaged descriptions of tokenizers and hostile texts: no crash, no hang, no result out of proportion.
@Suite struct TokenizerFuzzTests {
    private static let texts = [
        "", " ", "a", "Hello, world! don't", "  leading\n\n\ttrailing  ", "日本語 에 👩‍🚀🇩🇪 e\u{301}\u{323}",
        "<s>word new york</s><L> <R> <0xFF><|start|>", String(repeating: "ab", count: 400),
        String(repeating: "\u{301}", count: 400), String(repeating: "a", count: 800) + "!", "\u{0}\u{FFFD}\u{10FFFF}",
        String(repeating: " ", count: 500), "x\r\n\r\ny\u{2581}Ġ▁▁",
    ]

    /// The double-array trie that makes `a` an `A`, and the texts behind it.
    private static let charsmap: JSONValue = {
        var units = [UInt32](repeating: 0, count: 768)
        for (index, unit) in [(0, 0x40000), (353, 0xd8561), (512, 0x80000000)] as [(Int, UInt32)] {
            units[index] = unit
        }
        var bytes = Data()
        for word in [UInt32(units.count * 4)] + units {
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return .string((bytes + Data("A\0".utf8)).base64EncodedString())
    }()

    /// A file with its components of every kind, so that damage meets each of them.
    private static let documents: [JSONValue] = {
        let components: [(String, [JSONValue])] = [
            (
                "normalizer",
                [
                    ["type": "BertNormalizer"], ["type": "NFKD"], ["type": "Nmt"], ["type": "StripAccents"],
                    ["type": "Replace", "pattern": ["Regex": #"\s{2,}|(?<=a)b"#], "content": " "],
                    ["type": "Sequence", "normalizers": [["type": "Strip"], ["type": "Lowercase"]]],
                    ["type": "Precompiled", "precompiled_charsmap": Self.charsmap],
                ]
            ),
            (
                "pre_tokenizer",
                [
                    ["type": "Split", "pattern": ["Regex": #"\p{L}+|\p{N}{1,3}|(?:a|b)*c"#], "behavior": "Isolated"],
                    ["type": "Split", "pattern": ["String": "a"], "behavior": "Removed", "invert": true],
                    ["type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "first", "split": true],
                    ["type": "Digits", "individual_digits": true], ["type": "FixedLength", "length": 3],
                    ["type": "Punctuation", "behavior": "Contiguous"], ["type": "UnicodeScripts"],
                    ["type": "CharDelimiterSplit", "delimiter": "a"], ["type": "BertPreTokenizer"],
                    ["type": "Sequence", "pretokenizers": [["type": "WhitespaceSplit"], ["type": "ByteLevel"]]],
                ]
            ),
            (
                "decoder",
                [
                    ["type": "WordPiece", "prefix": "##", "cleanup": true], ["type": "BPEDecoder", "suffix": "</w>"],
                    ["type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": true],
                    ["type": "Strip", "content": "a", "start": 2, "stop": 1],
                    ["type": "Sequence", "decoders": [["type": "ByteFallback"], ["type": "Fuse"]]],
                    ["type": "Replace", "pattern": ["String": "a"], "content": "bb"],
                ]
            ),
            (
                "post_processor",
                [
                    ["type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]],
                    ["type": "Sequence", "processors": [["type": "ByteLevel"]]],
                ]
            ),
            ("truncation", [["max_length": 5, "strategy": "LongestFirst", "stride": 0, "direction": "Left"]]),
            ("padding", [["strategy": ["Fixed": 9], "direction": "Left", "pad_id": 0, "pad_multiple_of": 8]]),
            (
                "model",
                [
                    [
                        "type": "Unigram", "unk_id": 0, "byte_fallback": true,
                        "vocab": [["<unk>", 0.0], ["a", -1.5], ["ab", -2], ["\u{2581}", -3]],
                    ],
                    [
                        "type": "WordPiece", "unk_token": "a", "continuing_subword_prefix": "##",
                        "max_input_chars_per_word": 9, "vocab": ["a": 0, "##b": 1, "ab": 2],
                    ],
                    ["type": "WordLevel", "unk_token": "a", "vocab": ["a": 0, "Hello": 1]],
                    ["type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2], "merges": ["a b"], "unk_token": "a"],
                ]
            ),
        ]
        let files = TestTokenizers.names.compactMap { name in
            (try? TestTokenizers.bytes(name)).flatMap { try? JSONParser.parse($0) }
        }
        return files
            + files.flatMap { file in
                components.flatMap { name, values in
                    values.map { value in
                        let members = (file.object ?? JSONObject([])).map {
                            ($0.key, $0.key == name ? value : $0.value)
                        }
                        return JSONValue.object(JSONObject(members))
                    }
                }
            }
    }()

    @Test(arguments: 0..<4 as Range<UInt64>) func `damaged descriptions are refused or work`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var loadedCount = 0
        let rounds = Fuzzing.rounds(600)
        for _ in 0..<rounds {
            guard let document = Self.documents.randomElement(using: &random) else { continue }
            let damaged = Fuzzing.damaged(document, using: &random)
            let start = ContinuousClock.now
            if let tokenizer = try? Tokenizer(json: damaged) {
                loadedCount += 1
                Self.use(tokenizer, &random)
            }
            #expect(ContinuousClock.now - start < .seconds(10), "\(damaged.serialized)")
        }
        #expect(loadedCount > rounds / 8 && loadedCount < rounds)
    }

    private static func use(_ tokenizer: Tokenizer, _ random: inout SeededGenerator) {
        let text = Fuzzing.damaged(texts.randomElement(using: &random) ?? "", with: texts, using: &random)
        let ids = tokenizer.encode(text, literalRanges: [0..<text.utf8.count / 2])
        // a normalizer may lengthen a text, and every byte may be a token; a processor adds its own
        #expect(ids.count <= 4_000_000)
        _ = tokenizer.encode(text, pairedWith: "b")
        let upperBound = Int32(clamping: tokenizer.tokenIDUpperBound)
        let others =
            ids.prefix(2_000) + (0..<12).map { _ in TokenID(Int32.random(in: -1...upperBound, using: &random)) }
        let list = Array(others)
        let whole = tokenizer.decode(list)
        let pieces = IncrementalDetokenizerTests.pieces(tokenizer, list, skipping: true)
        #expect(pieces.joined().bytes == whole.bytes, "\(list)")
    }
}
