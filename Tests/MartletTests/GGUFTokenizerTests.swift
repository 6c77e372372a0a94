import Foundation
import Martlet
import MartletCheckpoints
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Tokenizers inside GGUF files, against what the reference makes of them.
@Suite(.enabled(if: Fixtures.areExpected)) struct GGUFTokenizerTests {
    static let names = ["tiny-llama-F16", "tiny-llama-Q4_0", "tiny-qwen3-Q8_0", "tiny-qwen3-Q4_K"]

    static func header(_ name: String) throws -> GGUFHeader {
        let file = try Fixtures.folder("gguf").appending(path: "\(name).gguf")
        let bytes = try Fixtures.contents(of: file)
        return try GGUFHeader(bytes, fileByteCount: bytes.count, path: file.path)
    }

    static func golden(_ name: String) throws -> JSONValue {
        let file = try Fixtures.folder("gguf").appending(path: "\(name).golden.json.gz")
        return try JSONParser.parse(try Fixtures.contents(of: file))
    }

    @Test(arguments: names) func `equals the reference`(_ name: String) throws {
        let tokenizer = try Tokenizer(ggml: GGMLVocabulary(try Self.header(name)))
        let cases = try #require(try Self.golden(name)["tokenizer_cases"]?.array)
        #expect(!cases.isEmpty)
        for example in cases {
            let text = try #require(example["text"]?.string)
            let ids = try #require(example["ids"]?.array).compactMap(\.integer)
            #expect(tokenizer.encode(text).map(\.index) == ids, "\(text.debugDescription)")
        }
    }

    @Test(arguments: names) func `tensors lie within the file`(_ name: String) throws {
        let header = try Self.header(name)
        let architecture = try #require(header.metadata["general.architecture"]?.text)
        #expect(name.contains(architecture))
        let blocks = try #require(header.metadata["\(architecture).block_count"]?.integer)
        #expect(header.tensors.count { $0.name.hasPrefix("blk.") && $0.name.hasSuffix("attn_q.weight") } == blocks)
        #expect(header.tensors.contains { $0.name == "token_embd.weight" && $0.shape.count == 2 })
    }
}
