import Foundation
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Vocabularies as GGUF files hold them, against the ids that llama.cpp publishes for its own.
@Suite struct GGMLVocabularyTests {
    /// Folders of `real-vocabs`, with the kinds of model and pre-tokenizer that their GGUF files name.
    static let kinds: [(name: String, model: String, pre: String?)] = [
        ("bert-bge", "bert", nil), ("deepseek-coder", "gpt2", "deepseek-coder"), ("falcon", "gpt2", "falcon"),
        ("gemma-4", "gemma4", "gemma4"), ("gpt-2", "gpt2", "gpt-2"), ("llama-bpe", "gpt2", "llama-bpe"),
        ("llama-spm", "llama", nil), ("phi-3", "llama", nil), ("qwen2", "gpt2", "qwen2"),
        ("starcoder", "gpt2", "starcoder"),
    ]

    /// The arrays of a GGUF file from a `tokenizer.json` that was made of one.
    static func vocabulary(_ json: JSONValue, model: String, pre: String?) throws -> GGMLVocabulary {
        var vocabulary = GGMLVocabulary()
        vocabulary.model = model
        vocabulary.pre = pre
        let added = json["added_tokens"]?.array ?? []
        let members = try #require(json["model"]?["vocab"]?.object?.members)
        let count = max(members.count, (added.compactMap { $0["id"]?.integer }.max() ?? 0) + 1)
        var tokens = [String](repeating: "", count: count)
        var kinds = [Int32](repeating: GGMLVocabulary.TokenKind.normal.rawValue, count: count)
        for member in members { tokens[try #require(member.value.integer)] = member.key }
        for token in added {
            let id = try #require(token["id"]?.integer)
            tokens[id] = try #require(token["content"]?.string)
            let isSpecial = token["special"]?.bool == true
            kinds[id] = (isSpecial ? GGMLVocabulary.TokenKind.control : .userDefined).rawValue
        }
        if model == "bert" {
            tokens = tokens.enumerated().map { id, token in
                if kinds[id] != GGMLVocabulary.TokenKind.normal.rawValue { return token }
                return token.hasPrefix("##") ? String(token.dropFirst(2)) : "\u{2581}" + token
            }
        }
        vocabulary.tokens = tokens.map { Array($0.utf8) }
        vocabulary.kinds = kinds
        vocabulary.merges = (json["model"]?["merges"]?.array ?? []).map { rule in
            let text = rule.string ?? (rule.array ?? []).compactMap(\.string).joined(separator: " ")
            return Array(text.utf8)
        }
        if model == "llama" { vocabulary.scores = scores(of: tokens, merges: vocabulary.merges) }
        return vocabulary
    }

    /// Scores that order tokens as the merge rules do which were derived from the file's scores.
    static func scores(of tokens: [String], merges: [[UInt8]]) -> [Float] {
        var ranks: [[UInt8]: Int] = [:]
        for (rank, rule) in merges.enumerated() {
            let whole = rule.filter { $0 != UInt8(ascii: " ") }
            if ranks[whole] == nil { ranks[whole] = rank }
        }
        return tokens.map { -Float(ranks[Array($0.utf8)] ?? merges.count) }
    }

    @Test(.enabled(if: Fixtures.areExpected), arguments: kinds)
    func `equals llama.cpp`(_ kind: (name: String, model: String, pre: String?)) throws {
        let folder = try Fixtures.folder("real-vocabs/\(kind.name)")
        let json = try JSONParser.parse(
            try Fixtures.contents(of: folder.appending(path: "tokenizer.json.gz"))
        )
        let tokenizer = try Tokenizer(ggml: try Self.vocabulary(json, model: kind.model, pre: kind.pre))
        let golden = try ReferenceParityTests.golden("real-vocabs/\(kind.name)")
        for example in try #require(golden["llama_cpp_out"]?.array) {
            let text = try #require(example["text"]?.string)
            let ids = try #require(example["ids"]).ids
            #expect(tokenizer.encode(text, addSpecialTokens: false) == ids, "\(text.debugDescription)")
        }
    }

    /// Letters, byte tokens and a few words, as SentencePiece numbers and scores them.
    static var small: GGMLVocabulary {
        var vocabulary = GGMLVocabulary()
        vocabulary.model = "llama"
        let bytes = (0..<256).map { "<0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) + ">" }
        let words = ["\u{2581}", "a", "b", "c", "ab", "bc", "\u{2581}a", "abc"]
        vocabulary.tokens = (["<unk>", "<s>", "</s>"] + bytes + words).map { Array($0.utf8) }
        vocabulary.kinds = [2, 3, 3] + bytes.map { _ in 6 } + words.map { _ in 1 }
        vocabulary.scores = [0, 0, 0] + bytes.map { _ in 0 } + [-1, -1, -1, -1, -2, -2, -3, -4]
        return vocabulary
    }

    @Test func `equal scores merge the leftmost pair`() throws {
        let tokenizer = try Tokenizer(ggml: Self.small)
        func tokens(_ text: String) -> [String] { tokenizer.encode(text).compactMap { tokenizer.token(for: $0) } }
        #expect(tokens("abc") == ["<s>", "\u{2581}", "abc"])
        #expect(tokens("abbc") == ["<s>", "\u{2581}", "ab", "bc"])
        #expect(tokens("é") == ["<s>", "\u{2581}", "<0xC3>", "<0xA9>"])
        #expect(tokenizer.decode(tokenizer.encode("abc é")) == "abc é")
        #expect(tokenizer.bosTokenID == 1)
    }

    @Test func `refuses tables that do not fit each other`() throws {
        func reason(_ change: (inout GGMLVocabulary) -> Void) -> String {
            var vocabulary = Self.small
            change(&vocabulary)
            do {
                _ = try Tokenizer(ggml: vocabulary)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(reason { $0.tokens = [] }.contains("0 tokens"))
        #expect(reason { $0.scores.removeLast() }.contains("266 entries for 267 tokens"))
        #expect(reason { $0.kinds.append(1) }.contains("268 entries for 267 tokens"))
        #expect(reason { $0.tokens[5] = [0xFF] }.contains("token 5 is not UTF-8"))
        #expect(reason { $0.scores[5] = .nan }.contains("not finite"))
        #expect(reason { $0.model = "rwkv" }.contains("rwkv"))
        #expect(
            reason { vocabulary in (vocabulary.model, vocabulary.pre) = ("gpt2", "unheard-of") }.contains("unheard-of")
        )
        #expect(
            reason { vocabulary in (vocabulary.model, vocabulary.merges) = ("gpt2", [Array("ab".utf8)]) }
                .contains("rule 0 is not two tokens")
        )
    }
}
