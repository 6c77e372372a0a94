import MartletJSON
import MartletTokenizers

/// The tokenizer files of `TinyModel`: one token for each byte, three special ones, no merges, a ChatML template.
enum TinyTokenizer {
    /// File names and what they hold.
    static var files: [(String, JSONValue)] {
        [("tokenizer.json", ByteTokenizerFile.json(specials: specials)), ("tokenizer_config.json", configuration)]
    }

    private static let specials = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]

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
