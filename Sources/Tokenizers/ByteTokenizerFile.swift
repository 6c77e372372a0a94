package import MartletJSON

/// A `tokenizer.json` with one token for each byte, for models that are measured or tested without a tokenizer of theirs.
package enum ByteTokenizerFile {
    /// The file's content; tokens 0 to 255 are the bytes.
    ///
    /// - Parameter specials: special tokens, numbered from 256.
    /// - Returns: a byte-level BPE tokenizer without merges.
    package static func json(specials: [String] = []) -> JSONValue {
        var vocabulary = JSONObject()
        for byte in UInt8.min...UInt8.max {
            let character = ByteLevelAlphabet.shared.encode([byte], 0..<1)
            vocabulary[String(decoding: character, as: UTF8.self)] = .integer(Int(byte))
        }
        let added: [JSONValue] = specials.enumerated().map { index, text in
            [
                "id": .integer(256 + index), "content": .string(text), "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            ]
        }
        let byteLevel: JSONValue = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
        ]
        return [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added), "normalizer": nil,
            "pre_tokenizer": byteLevel, "post_processor": nil, "decoder": byteLevel,
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(vocabulary), "merges": [],
            ],
        ]
    }
}
