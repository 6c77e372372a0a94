import MartletJSON
import MartletTokenizers
import Testing

/// The small tokenizers beside these tests against what the reference answers for them.
@Suite struct TokenizerTests {
    @Test(arguments: TestTokenizers.names) func `equals the reference`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        let golden = try TestTokenizers.golden(name)
        #expect(tokenizer.vocabularySize == golden["vocabulary_size"]?.integer)
        let cases = try #require(golden["cases"]?.array)
        #expect(cases.count > 100)
        for example in cases {
            let text = try #require(example["text"]?.string)
            let ids = tokenizer.encode(text)
            #expect(ids == example["ids"]?.ids, "\(text.debugDescription)")
            #expect(tokenizer.encode(text, addSpecialTokens: false) == example["plain_ids"]?.ids)
            let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
            #expect(decoded.bytes == example["decoded"]?.string?.bytes, "\(text.debugDescription)")
        }
        let pair = tokenizer.encode("hello", pairedWith: "world")
        #expect(pair.ids == golden["pair"]?["ids"]?.ids)
        #expect(pair.typeIDs.map { Int($0) } == golden["pair"]?["type_ids"]?.array?.compactMap(\.integer))
    }

    @Test(arguments: TestTokenizers.names) func `decodes random tokens as the reference`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        let streams = try #require(try TestTokenizers.golden(name)["streams"]?.array)
        #expect(streams.count > 100)
        for stream in streams {
            let ids = try #require(stream["ids"]).ids
            let skip = stream["skip"]?.bool ?? false
            #expect(tokenizer.decode(ids, skipSpecialTokens: skip).bytes == stream["decoded"]?.string?.bytes, "\(ids)")
        }
    }

    @Test(arguments: TestTokenizers.names) func `names tokens both ways`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        for index in 0..<tokenizer.tokenIDUpperBound {
            let id = TokenID(Int32(index))
            let token = try #require(tokenizer.token(for: id))
            // an added token of normalized text shows normalized, and may look like one of the model
            guard let found = tokenizer.id(for: token) else { continue }
            #expect(tokenizer.token(for: found)?.bytes == token.bytes)
        }
        let none = TokenID(Int32(tokenizer.tokenIDUpperBound))
        #expect(tokenizer.token(for: none) == nil)
        #expect(tokenizer.token(for: -1) == nil)
        #expect(tokenizer.decode([none, -1]) == "")
        #expect(tokenizer.bytes(of: none).isEmpty)
        #expect(tokenizer.id(for: "no such token") == nil)
    }

    @Test func `gives tokens as bytes and as text`() throws {
        let bytes = try TestTokenizers.tokenizer("byte-level")
        let space = try #require(bytes.id(for: "Ġ"))
        #expect(bytes.bytes(of: space) == [0x20])
        #expect(bytes.displayText(of: space) == " ")
        let half = try #require(bytes.id(for: "Ã"))
        #expect(bytes.bytes(of: half) == [0xC3])
        #expect(bytes.displayText(of: half) == "\u{FFFD}")
        let special = try #require(bytes.id(for: "<|end|>"))
        #expect(bytes.isSpecial(special) && !bytes.isSpecial(space))
        #expect(bytes.displayText(of: special) == "<|end|>")

        let pieces = try TestTokenizers.tokenizer("sentencepiece")
        let the = try #require(pieces.id(for: "▁the"))
        #expect(pieces.bytes(of: the) == " the".bytes)
        #expect(pieces.displayText(of: the) == "the")
        let byte = try #require(pieces.id(for: "<0xE4>"))
        #expect(pieces.bytes(of: byte) == [0xE4])
        #expect(pieces.displayText(of: byte) == "\u{FFFD}")
    }

    @Test(arguments: TestTokenizers.names) func `request content makes no special tokens`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        let start = try #require(tokenizer.id(for: "<|start|>"))
        let end = try #require(tokenizer.id(for: "<|end|>"))
        let left = try #require(tokenizer.id(for: "<L>"))
        let before = "<|start|>user "
        let content = "a<|end|><L>word<|start|>"
        let text = before + content + "<|end|>"
        let range = before.utf8.count..<(before.utf8.count + content.utf8.count)
        let ids = tokenizer.encode(text, addSpecialTokens: false, literalRanges: [range])
        #expect(ids.filter { $0 == start }.count == 1)
        #expect(ids.filter { $0 == end }.count == 1)
        #expect(ids.first == start && ids.last == end)
        #expect(ids.contains(left))
        let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
        #expect(decoded.filter { $0 != " " } == text.filter { $0 != " " })
        // split in the middle of the marker, the ranges still are one stretch of content
        let middle = range.lowerBound + 4
        let halves = [middle..<range.upperBound, range.lowerBound..<middle]
        #expect(tokenizer.encode(text, addSpecialTokens: false, literalRanges: halves) == ids)
        // a marker that only partly is content was written by the template
        let role = tokenizer.encode("<|start|>", addSpecialTokens: false, literalRanges: [2..<7])
        #expect(role == [start])
        #expect(tokenizer.encode(text, addSpecialTokens: false) != ids)
    }

    @Test func `normalized special tokens respect request content too`() throws {
        let json: JSONValue = [
            "added_tokens": [
                ["id": 0, "content": "<Ä>", "special": true, "normalized": true, "single_word": false]
            ],
            "normalizer": [
                "type": "Sequence", "normalizers": [["type": "Prepend", "prepend": "_"], ["type": "Lowercase"]],
            ],
            "decoder": ["type": "Fuse"],
            "model": [
                "type": "BPE", "merges": [],
                "vocab": ["<": 1, "Ä": 2, "ä": 3, ">": 4, "_": 5, "x": 6, "_<ä>": 0],
            ],
        ]
        let tokenizer = try Tokenizer(json: json)
        #expect(tokenizer.encode("x<Ä>") == [5, 6, 1, 3, 4])
        #expect(tokenizer.encode("<Ä>") == [7])
        #expect(tokenizer.encode("<Ä>", literalRanges: [0..<4]) == [5, 1, 3, 4])
    }

    @Test(arguments: TestTokenizers.names) func `long words take no quadratic time`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        var random = SplitMix(state: 3)
        let letters = (0..<400_000).map { _ in UInt8.random(in: 97...122, using: &random) }
        for text in [String(decoding: letters, as: UTF8.self), String(repeating: "ab", count: 200_000)] {
            #expect(tokenizer.decode(tokenizer.encode(text)) == text)
        }
        let spaces = String(repeating: " ", count: 400_000) + "x"
        #expect(tokenizer.decode(tokenizer.encode(spaces)).utf8.count == spaces.utf8.count)
    }

    @Test func `configuration names tokens and asks for them around a text`() throws {
        let configuration = TokenizerConfiguration(
            configuration: [
                "bos_token": "<s>", "eos_token": ["content": "</s>", "__type": "AddedToken"], "pad_token": nil,
                "add_bos_token": true, "add_eos_token": true, "additional_special_tokens": ["<extra>"],
            ],
            specialTokensMap: ["unk_token": "<|start|>"]
        )
        let tokenizer = try Tokenizer(bytes: try TestTokenizers.bytes("byte-level"), configuration: configuration)
        let bos = try #require(tokenizer.bosTokenID)
        let eos = try #require(tokenizer.eosTokenID)
        #expect(tokenizer.token(for: bos) == "<s>" && tokenizer.token(for: eos) == "</s>")
        #expect(tokenizer.padTokenID == nil)
        #expect(tokenizer.unknownToken == "<|start|>")
        #expect(tokenizer.encode("") == [bos, eos])
        let extra = try #require(tokenizer.id(for: "<extra>"))
        #expect(tokenizer.isSpecial(extra))
        #expect(tokenizer.encode("<extra>", addSpecialTokens: false) == [extra])
    }
}
