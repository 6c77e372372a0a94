import Foundation
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Every tokenizer of the larger reference sets: real vocabularies and small ones of each kind.
@Suite(.enabled(if: Fixtures.areExpected)) struct ReferenceParityTests {
    static let folders = ["tokenizers", "real-vocabs"].flatMap { set in
        Fixtures.names(in: set).map { "\(set)/\($0)" }
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        let folder = try Fixtures.folder(name)
        let plain = folder.appending(path: "tokenizer.json")
        if FileManager.default.fileExists(atPath: plain.path) { return try Tokenizer(folder: folder.path) }
        let bytes = try Fixtures.contents(of: folder.appending(path: "tokenizer.json.gz"))
        let configuration = try JSONParser.parse(
            try Fixtures.contents(of: folder.appending(path: "tokenizer_config.json"))
        )
        return try Tokenizer(
            bytes: bytes,
            configuration: TokenizerConfiguration(configuration: configuration, specialTokensMap: nil)
        )
    }

    static func golden(_ name: String) throws -> JSONValue {
        try JSONParser.parse(try Fixtures.contents(of: try Fixtures.folder("\(name)/golden.json.gz")))
    }

    @Test func `the folders are there`() throws {
        _ = try Fixtures.folder("tokenizers")
        #expect(Self.folders.count > 20)
    }

    @Test(arguments: folders) func `equals the reference`(_ name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let golden = try Self.golden(name)
        #expect(tokenizer.vocabularySize == golden["vocab_size"]?.integer)
        for example in try #require(golden["cases"]?.array) { try check(example, tokenizer) }
        for example in golden["llama_cpp_out"]?.array ?? [] {
            let text = try #require(example["text"]?.string)
            #expect(tokenizer.encode(text, addSpecialTokens: false) == example["ids"]?.ids)
        }
        for stream in try #require(golden["streams"]?.array) {
            let ids = try #require(stream["ids"]).ids
            let skipping = stream["skip_special_tokens"]?.bool ?? true
            let whole = stream["full_decode"]?.string?.bytes
            #expect(tokenizer.decode(ids, skipSpecialTokens: skipping).bytes == whole)
            let pieces = IncrementalDetokenizerTests.pieces(tokenizer, ids, skipping: skipping)
            #expect(pieces.joined().bytes == whole)
        }
        for pair in try #require(golden["pairs"]?.array) {
            let result = tokenizer.encode(
                pair["text"]?.string ?? "",
                pairedWith: pair["pair"]?.string ?? "",
                lengthSettings: .obeyed
            )
            #expect(result.ids == pair["ids"]?.ids)
            #expect(result.typeIDs.map { Int($0) } == pair["type_ids"]?.array?.compactMap(\.integer))
        }
    }

    private func check(_ example: JSONValue, _ tokenizer: Tokenizer) throws {
        let text = try #require(example["text"]?.string)
        let ids = try #require(example["ids"]).ids
        let plain = try #require(example["ids_no_special"]).ids
        #expect(tokenizer.encode(text, lengthSettings: .obeyed) == ids, "\(text.debugDescription)")
        let found = tokenizer.encode(text, addSpecialTokens: false, lengthSettings: .obeyed)
        #expect(found == plain, "\(text.debugDescription)")
        let results = [
            ("decode", tokenizer.decode(ids, skipSpecialTokens: false)),
            ("decode_skip_special", tokenizer.decode(ids, skipSpecialTokens: true)),
            ("decode_no_special_ids", tokenizer.decode(plain, skipSpecialTokens: false)),
        ]
        for (field, result) in results {
            #expect(result.bytes == example[field]?.string?.bytes, "\(field) \(text.debugDescription)")
        }
    }
}
