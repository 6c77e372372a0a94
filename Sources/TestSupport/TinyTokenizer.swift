import MartletJSON

/// The tokenizer files of `TinyModel`: one token for each byte, three special ones, no merges, a ChatML template.
enum TinyTokenizer {
    /// File names and what they hold.
    static var files: [(String, JSONValue)] {
        [("tokenizer.json", tokenizer), ("tokenizer_config.json", configuration)]
    }

    private static let specials = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]

    /// The characters that stand for the 256 bytes in byte-level vocabularies: printable ones for themselves, the
    /// others from U+0100 on in order.
    private static var characters: [String] {
        let printable: [ClosedRange<UInt32>] = [0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF]
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).map { byte in
            var scalar = byte
            if !printable.contains(where: { $0.contains(byte) }) {
                scalar = next
                next += 1
            }
            return Unicode.Scalar(scalar).map { String(Character($0)) } ?? ""
        }
    }

    private static var tokenizer: JSONValue {
        var vocabulary = JSONObject()
        for (byte, character) in characters.enumerated() { vocabulary[character] = .integer(byte) }
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

    private static var configuration: JSONValue {
        let template = """
            {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] \
            + '<|im_end|>' + '\\n' }}{% endfor %}\
            {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
            """
        return [
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": nil, "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>", "model_max_length": 256, "clean_up_tokenization_spaces": false,
            "chat_template": .string(template),
        ]
    }
}
