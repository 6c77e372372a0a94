import Foundation
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Tokenizers in other files than `tokenizer.json`, against what transformers makes of the same folder.
@Suite struct FormatTests {
    static let folder = TestTokenizers.folder.appending(path: "formats")
    static let names = [
        "bert", "bert-bare", "bert-cased", "gemma", "gpt2", "llama", "llama-legacy", "qwen2", "roberta", "roberta-bare",
        "spm-bpe", "spm-bpe-plain", "spm-unigram", "spm-unigram-bytes", "t5", "tiktoken", "xlm-roberta",
    ]

    @Test(arguments: names) func `equals transformers`(_ name: String) throws {
        let folder = Self.folder.appending(path: name)
        let tokenizer = try Tokenizer(folder: folder.path)
        let golden = try JSONParser.parse(try Fixtures.contents(of: folder.appending(path: "golden.json")))
        for example in try #require(golden["cases"]?.array) {
            let text = try #require(example["text"]?.string)
            let ids = try #require(example["ids"]).ids
            #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
            #expect(
                tokenizer.encode(text, addSpecialTokens: false) == example["ids_no_special"]?.ids,
                "\(text.debugDescription)"
            )
            #expect(
                tokenizer.decode(ids, skipSpecialTokens: false).bytes == example["decode"]?.string?.bytes,
                "\(text.debugDescription)"
            )
        }
    }

    /// Changes single bytes of a file, cuts it, and loads what is left.
    @Test(arguments: [
        ("spm-bpe", "tokenizer.model"), ("spm-unigram", "tokenizer.model"), ("tiktoken", "tokenizer.model"),
        ("gpt2", "vocab.json"), ("gpt2", "merges.txt"), ("bert", "vocab.txt"),
    ]) func `damaged files never crash`(_ name: String, _ file: String) throws {
        let source = Self.folder.appending(path: name)
        let copy = FileManager.default.temporaryDirectory.appending(path: "formats-\(name)-\(file)-\(UUID())")
        try FileManager.default.copyItem(at: source, to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        let bytes = [UInt8](try Data(contentsOf: source.appending(path: file)))
        var random = SplitMix(state: 7)
        var loadedCount = 0
        for round in 0..<60 {
            var damaged = bytes
            for _ in 0...(round % 4) {
                damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 5 == 0 { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
            try Data(damaged).write(to: copy.appending(path: file))
            do {
                let ids = try Tokenizer(folder: copy.path).encode("Hello world, naïve 12 <sep>")
                #expect(!ids.isEmpty)
                loadedCount += 1
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(loadedCount < 60)
    }

    @Test func `a folder without a tokenizer names the file it lacks`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "formats-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = "\(folder.path)/tokenizer.json"
        #expect(throws: TokenizerError.unreadableFile(path: path, reason: "there is no such file")) {
            try Tokenizer(folder: folder.path)
        }
    }

    @Test func `a class that uses files in its own way is named`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "formats-\(UUID())")
        try FileManager.default.copyItem(at: Self.folder.appending(path: "gpt2"), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = #"{"tokenizer_class": "CLIPTokenizer"}"#
        try Data(configuration.utf8).write(to: folder.appending(path: "tokenizer_config.json"))
        let error = TokenizerError.unsupportedComponent(kind: "tokenizer class with vocab.json", type: "CLIPTokenizer")
        #expect(throws: error) { try Tokenizer(folder: folder.path) }
    }
}
