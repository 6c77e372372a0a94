import MartletTokenizers
import Testing

@Suite struct IncrementalDetokenizerTests {
    /// The pieces of a stream and what was flushed.
    static func pieces(
        _ tokenizer: Tokenizer,
        _ ids: [TokenID],
        prompt: [TokenID] = [],
        skipping: Bool = false
    ) -> [String] {
        var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, prompt: prompt, skipSpecialTokens: skipping)
        return ids.map { detokenizer.append($0) } + [detokenizer.finish()]
    }

    @Test(arguments: TestTokenizers.names) func `pieces add up to the whole`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        var random = SplitMix(state: 5)
        let byteIDs = (0..<256).compactMap { tokenizer.id(for: "<0x" + hexadecimal($0) + ">") }
        for round in 0..<3000 {
            let ids = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                if round % 3 == 0, let byte = byteIDs.randomElement(using: &random) { return byte }
                return TokenID(Int32.random(in: 0..<Int32(tokenizer.tokenIDUpperBound), using: &random))
            }
            let skipping = Bool.random(using: &random)
            let whole = tokenizer.decode(ids, skipSpecialTokens: skipping)
            let joined = Self.pieces(tokenizer, ids, skipping: skipping).joined()
            #expect(joined.bytes == whole.bytes, "\(ids)")
        }
    }

    private func hexadecimal(_ byte: Int) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }

    @Test(arguments: TestTokenizers.names) func `text comes in whole characters and at once`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        let text = "Hello 😀👍🏽 naïve 日本 end"
        let ids = tokenizer.encode(text, addSpecialTokens: false)
        let pieces = Self.pieces(tokenizer, ids)
        #expect(pieces.joined().bytes == text.bytes)
        #expect(!pieces.contains { $0.unicodeScalars.contains("\u{FFFD}") })
        #expect(pieces.last == "")
        #expect(pieces.count { !$0.isEmpty } > 8)
    }

    @Test func `special tokens in a row have nothing between them`() throws {
        let file = """
            {"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[SEP]": 1, "[CLS]": 2, "word": 3}},
             "added_tokens": [{"id": 1, "content": "[SEP]", "special": true}, {"id": 2, "content": "[CLS]", "special": true}],
             "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": false}}
            """
        let tokenizer = try Tokenizer(bytes: Array(file.utf8))
        let ids: [TokenID] = [3, 1, 2, 1, 3, 2, 3]
        for (spaces, text) in [
            (true, "word [SEP] [CLS] [SEP] word [CLS] word"), (false, "word [SEP][CLS][SEP] word [CLS] word"),
        ] {
            var detokenizer = IncrementalDetokenizer(
                tokenizer: tokenizer,
                skipSpecialTokens: false,
                spacesBetweenSpecialTokens: spaces
            )
            #expect(ids.map { detokenizer.append($0) }.joined() + detokenizer.finish() == text)
        }
    }

    @Test func `a text continues its prompt`() throws {
        let tokenizer = try TestTokenizers.tokenizer("sentencepiece")
        let the = try #require(tokenizer.id(for: "▁the"))
        let bos = try #require(tokenizer.id(for: "<s>"))
        #expect(Self.pieces(tokenizer, [the, the], skipping: true) == ["the", " the", ""])
        #expect(Self.pieces(tokenizer, [the], prompt: [the], skipping: true) == [" the", ""])
        #expect(Self.pieces(tokenizer, [the], prompt: [bos], skipping: true) == ["the", ""])
        let prompt = Array(repeating: the, count: 5000)
        #expect(Self.pieces(tokenizer, [the], prompt: prompt, skipping: true) == [" the", ""])
    }

    @Test(arguments: TestTokenizers.names) func `a character may begin in the prompt`(_ name: String) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        let token: (UInt8) -> TokenID? = { byte in
            (0..<Int32(tokenizer.tokenIDUpperBound)).map { TokenID($0) }.first { tokenizer.bytes(of: $0) == [byte] }
        }
        // the bytes of two emojis, of which the prompt has five
        let ids = try "😀👍".utf8.map { try #require(token($0)) }
        let pieces = Self.pieces(tokenizer, Array(ids[5...]), prompt: Array(ids[..<5]))
        #expect(pieces.joined() == "👍")
    }

    @Test(arguments: TestTokenizers.names) func `an unfinished character is flushed as a replacement`(
        _ name: String
    ) throws {
        let tokenizer = try TestTokenizers.tokenizer(name)
        let ids = tokenizer.encode("a😀", addSpecialTokens: false).dropLast()
        let pieces = Self.pieces(tokenizer, Array(ids))
        #expect(pieces.joined().bytes == tokenizer.decode(Array(ids)).bytes)
        #expect(pieces.last?.unicodeScalars.first == "\u{FFFD}")
    }
}
