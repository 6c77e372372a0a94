package import MartletCheckpoints
package import MartletTokenizers

extension GGMLVocabulary {
    /// The names of special tokens, with those of the fields that number them.
    private static let specialFields = [
        ("bos_token", "bos_token_id"), ("eos_token", "eos_token_id"), ("unk_token", "unknown_token_id"),
        // the format's own spelling
        ("sep_token", "seperator_token_id"), ("pad_token", "padding_token_id"), ("mask_token", "mask_token_id"),
    ]

    /// The tokenizer that the metadata of a GGUF file describe; what is missing or of another type is not said.
    package init(_ header: GGUFHeader) {
        self.init()
        func value(_ name: String) -> GGUFValue? { header.metadata["tokenizer.ggml.\(name)"] }
        model = value("model")?.text ?? ""
        pre = value("pre")?.text
        tokens = value("tokens")?.texts ?? []
        scores = value("scores")?.numbers?.map { Float($0) } ?? []
        kinds = value("token_type")?.integers?.map { Int32(truncatingIfNeeded: $0) } ?? []
        merges = value("merges")?.texts ?? []
        addsSpacePrefix = value("add_space_prefix")?.bool
        addsBOS = value("add_bos_token")?.bool
        addsEOS = value("add_eos_token")?.bool
        addsSeparator = value("add_sep_token")?.bool
        removesExtraSpaces = value("remove_extra_whitespaces")?.bool
        characterMap = value("precompiled_charsmap")?.integers?.map { UInt8(truncatingIfNeeded: $0) } ?? []
        for (name, field) in Self.specialFields {
            if let id = value(field)?.integer { specialTokens[name] = id }
        }
    }
}
