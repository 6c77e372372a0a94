import MartletJSON

/// Components of a `tokenizer.json` as values, for files of other kinds that imply them.
enum ComponentJSON {
    /// SentencePiece's visible space.
    static let visibleSpace = "\u{2581}"

    /// A `tokenizer.json` of these components.
    static func file(
        model: JSONValue,
        normalizer: JSONValue = nil,
        preTokenizer: JSONValue = nil,
        postProcessor: JSONValue = nil,
        decoder: JSONValue,
        addedTokens: [JSONValue] = []
    ) -> JSONValue {
        [
            "added_tokens": .array(addedTokens), "normalizer": normalizer, "pre_tokenizer": preTokenizer,
            "post_processor": postProcessor, "decoder": decoder, "model": model,
        ]
    }

    /// An entry of `added_tokens` that is looked for in the text as it is.
    static func addedToken(_ id: Int, _ content: ArraySlice<UInt8>, isSpecial: Bool) -> JSONValue {
        [
            "id": .integer(id), "content": .string(String(decoding: content, as: UTF8.self)),
            "special": .bool(isSpecial), "normalized": false,
        ]
    }

    /// One component after the other; none where there is none.
    static func sequence(_ key: String, _ parts: [JSONValue]) -> JSONValue {
        parts.isEmpty ? nil : .object(JSONObject([("type", "Sequence"), (key, .array(parts))]))
    }

    /// A byte-pair model.
    static func bpe(
        unknown: String? = nil,
        fusesUnknown: Bool = false,
        fallsBackToBytes: Bool = false,
        ignoresMerges: Bool = false
    ) -> JSONValue {
        [
            "type": "BPE", "unk_token": unknown.map { .string($0) } ?? nil, "fuse_unk": .bool(fusesUnknown),
            "byte_fallback": .bool(fallsBackToBytes), "ignore_merges": .bool(ignoresMerges),
        ]
    }

    /// GPT-2's stand-ins for bytes, as pre-tokenizer, decoder or post-processor.
    static func byteLevel(addsPrefixSpace: Bool = false, usesPattern: Bool = false) -> JSONValue {
        ["type": "ByteLevel", "add_prefix_space": .bool(addsPrefixSpace), "use_regex": .bool(usesPattern)]
    }

    /// Cuts at the matches of a regular expression.
    static func split(_ pattern: String) -> JSONValue {
        ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false]
    }

    /// Byte-level pieces that these expressions cut, one after the other.
    static func byteLevelPieces(_ patterns: [String]) -> JSONValue {
        sequence("pretokenizers", patterns.map(split) + [byteLevel()])
    }

    /// Replaces a text.
    static func replace(_ text: String, _ content: String) -> JSONValue {
        ["type": "Replace", "pattern": ["String": .string(text)], "content": .string(content)]
    }

    /// Replaces the matches of a regular expression.
    static func replace(pattern: String, _ content: String) -> JSONValue {
        ["type": "Replace", "pattern": ["Regex": .string(pattern)], "content": .string(content)]
    }

    /// Visible spaces, of which one may be put before the text.
    static func metaspace(_ scheme: Metaspace.PrependScheme, splits: Bool) -> JSONValue {
        [
            "type": "Metaspace", "replacement": .string(visibleSpace), "prepend_scheme": .string(scheme.rawValue),
            "split": .bool(splits),
        ]
    }

    /// Visible spaces and bytes' tokens become text; the space put before the text is taken away.
    static func sentencePieceDecoder(fallsBackToBytes: Bool, stripsSpace: Bool) -> JSONValue {
        var parts = [replace(visibleSpace, " ")]
        if fallsBackToBytes { parts.append(["type": "ByteFallback"]) }
        if fallsBackToBytes || stripsSpace { parts.append(["type": "Fuse"]) }
        if stripsSpace { parts.append(["type": "Strip", "content": " ", "start": 1, "stop": 0]) }
        return sequence("decoders", parts)
    }

    /// Special tokens around one text and around two.
    ///
    /// - Parameters:
    ///   - single: texts of special tokens, or `$A`.
    ///   - pair: each with its type: texts of special tokens, `$A` or `$B`.
    ///   - ids: the numbers of the special tokens.
    /// - Returns: the component.
    static func template(_ single: [String], _ pair: [(String, Int)], _ ids: [String: Int32]) -> JSONValue {
        func piece(_ name: String, _ type: Int) -> JSONValue {
            switch name {
            case "$A": ["Sequence": ["id": "A", "type_id": .integer(type)]]
            case "$B": ["Sequence": ["id": "B", "type_id": .integer(type)]]
            default: ["SpecialToken": ["id": .string(name), "type_id": .integer(type)]]
            }
        }
        let tokens = ids.sorted { $0.key < $1.key }.map { name, id -> (String, JSONValue) in
            (name, ["id": .string(name), "ids": [.integer(Int(id))]])
        }
        return [
            "type": "TemplateProcessing", "single": .array(single.map { piece($0, 0) }),
            "pair": .array(pair.map { piece($0, $1) }), "special_tokens": .object(JSONObject(tokens)),
        ]
    }
}
