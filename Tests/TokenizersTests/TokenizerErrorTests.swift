import MartletJSON
import MartletTokenizers
import Testing

@Suite struct TokenizerErrorTests {
    static let bpe = #"{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}"#

    static func file(_ members: String, model: String = bpe) -> String {
        "{\(members.isEmpty ? "" : members + ",")\"model\":\(model)}"
    }

    static let cases: [(String, TokenizerError)] = [
        ("{}", .missingField(path: "model")),
        (file("", model: "{}"), .unsupportedComponent(kind: "model", type: "")),
        (file("", model: #"{"type":"New","vocab":[]}"#), .unsupportedComponent(kind: "model", type: "New")),
        (file("", model: #"{"type":"WordPiece"}"#), .missingField(path: "model.vocab")),
        (file("", model: #"{"type":"WordPiece","vocab":{}}"#), .missingField(path: "model.unk_token")),
        (
            file("", model: #"{"type":"Unigram","vocab":{}}"#),
            .invalidField(path: "model.vocab", expected: "an array of tokens with their scores")
        ),
        (
            file("", model: #"{"type":"Unigram","vocab":[["a",-1.5]],"unk_id":1}"#),
            .invalidField(path: "model.unk_id", expected: "one of the 1 tokens of model.vocab")
        ),
        (file("", model: #"{"type":"BPE","merges":[]}"#), .missingField(path: "model.vocab")),
        (file("", model: #"{"type":"BPE","vocab":{}}"#), .missingField(path: "model.merges")),
        (
            file("", model: #"{"type":"BPE","vocab":[],"merges":[]}"#),
            .invalidField(path: "model.vocab", expected: "an object")
        ),
        (
            file("", model: #"{"type":"BPE","vocab":{"a":-1},"merges":[]}"#),
            .invalidTokenID(token: "a", id: -1)
        ),
        (
            file("", model: #"{"type":"BPE","vocab":{"a":99999999999},"merges":[]}"#),
            .invalidTokenID(token: "a", id: 99_999_999_999)
        ),
        (
            file("", model: #"{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b"]]}"#),
            .unknownMergeToken(index: 0, token: "ab")
        ),
        (
            file("", model: #"{"type":"BPE","vocab":{"a":0},"merges":["a z"]}"#),
            .unknownMergeToken(index: 0, token: "z")
        ),
        (
            file("", model: #"{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.5}"#),
            .unsupportedSetting(path: "model.dropout", value: "0.5")
        ),
        (
            file(#""normalizer":{"type":"Precompiled"}"#),
            .missingField(path: "normalizer.precompiled_charsmap")
        ),
        (
            file(#""normalizer":{"type":"Precompiled","precompiled_charsmap":"/////wAA"}"#),
            .invalidField(
                path: "normalizer.precompiled_charsmap",
                expected: "a map that holds the 4294967295 bytes it announces"
            )
        ),
        (
            file(#""pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"New"}]}"#),
            .unsupportedComponent(kind: "pre-tokenizer", type: "New")
        ),
        (file(#""decoder":{"type":"New"}"#), .unsupportedComponent(kind: "decoder", type: "New")),
        (file(#""post_processor":{"type":"New"}"#), .unsupportedComponent(kind: "post-processor", type: "New")),
        (file(#""normalizer":{}"#), .missingField(path: "normalizer.type")),
        (
            file(#""pre_tokenizer":{"type":"ByteLevel","use_regex":1}"#),
            .invalidField(path: "pre_tokenizer.use_regex", expected: "true or false")
        ),
        (file(#""added_tokens":[{"id":5}]"#), .missingField(path: "added_tokens[0].content")),
    ]

    @Test(arguments: cases) func `names what is wrong`(_ file: String, _ expected: TokenizerError) {
        #expect(throws: expected) { try Tokenizer(bytes: Array(file.utf8)) }
        #expect(!expected.description.isEmpty)
    }

    @Test func `says where the text is not JSON`() {
        #expect {
            _ = try Tokenizer(bytes: Array("{\n\"model\": tru}".utf8))
        } throws: { error in
            if case .invalidJSON(_, let inner) = error as? TokenizerError { inner.line == 2 } else { false }
        }
    }

    @Test func `a folder without the file is refused by name`() {
        #expect(
            throws: TokenizerError.unreadableFile(path: "/nonexistent/tokenizer.json", reason: "there is no such file")
        ) {
            try Tokenizer(folder: "/nonexistent")
        }
    }

    @Test(arguments: TestTokenizers.names) func `damaged files never crash`(_ name: String) throws {
        let bytes = try TestTokenizers.bytes(name)
        var random = SplitMix(state: 9)
        var loaded = 0
        for _ in 0..<400 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let index = Int.random(in: 0..<damaged.count, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 4, 5:
                    let digits = damaged.indices.filter { (0x30...0x39).contains(damaged[$0]) }
                    if let digit = digits.randomElement(using: &random) {
                        damaged[digit] = UInt8.random(in: 0x30...0x39, using: &random)
                    }
                case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.remove(at: index)
                case 2: damaged.removeSubrange(index..<min(index + 40, damaged.count))
                default:
                    let piece = damaged[index..<min(index + 30, damaged.count)]
                    damaged.insert(contentsOf: piece, at: Int.random(in: 0..<damaged.count, using: &random))
                }
            }
            if Int.random(in: 0..<20, using: &random) == 0 { damaged.removeLast(damaged.count / 2) }
            guard let tokenizer = try? Tokenizer(bytes: damaged) else { continue }
            loaded += 1
            let ids = tokenizer.encode("Hello <s> wörld 123 😀 <|end|>")
            _ = tokenizer.decode(ids)
        }
        #expect(loaded > 20)
    }
}
