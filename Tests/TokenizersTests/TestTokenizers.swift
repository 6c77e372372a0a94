import Foundation
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// The tokenizers and reference answers that lie beside the tests, and readers for the larger sets.
enum TestTokenizers {
    static let folder = Fixtures.repository.appending(path: "Tests/TokenizersTests/Fixtures")
    static let names = ["byte-level", "sentencepiece"]

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: "\(name).json")))
    }

    static func tokenizer(_ name: String) throws -> Tokenizer { try Tokenizer(bytes: try bytes(name)) }

    static func golden(_ name: String) throws -> JSONValue { try JSONParser.parse(try bytes("golden-\(name)")) }

    /// A tokenizer with this model and one other component, each as JSON.
    static func tokenizer(model: JSONValue, _ component: String, _ value: JSONValue) throws -> Tokenizer {
        try Tokenizer(json: ["model": model, component: value].merged)
    }
}

extension JSONValue {
    /// The value as the integer that fixtures promise it is.
    var id: TokenID { TokenID(Int32(integer ?? -1)) }

    /// The value as the array of token ids that fixtures promise it is.
    var ids: [TokenID] { (array ?? []).map(\.id) }
}

extension [String: JSONValue] {
    /// The members as a JSON object, in order of their names.
    var merged: JSONValue { .object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, $0.value) })) }
}

extension String {
    /// The text as bytes: Swift's own equality would take canonically equivalent texts for equal.
    var bytes: [UInt8] { Array(utf8) }
}

/// A small seeded generator, so that a failure repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
