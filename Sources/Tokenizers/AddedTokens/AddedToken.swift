/// A token that is found in the text itself, before the model sees it.
struct AddedToken: Sendable, Hashable {
    /// Its text.
    var content: String
    /// Whether it is left out of decoded text on request and never made from a request's own text.
    var isSpecial = false
    /// Whether it counts only between characters that are not part of words.
    var isSingleWord = false
    /// Whether it takes the white space before it along.
    var stripsLeft = false
    /// Whether it takes the white space after it along.
    var stripsRight = false
    /// Whether it is looked for in normalized text, itself normalized.
    var isNormalized = false

    /// The token of this text with the given flags.
    init(content: String, isSpecial: Bool, isNormalized: Bool) {
        self.content = content
        self.isSpecial = isSpecial
        self.isNormalized = isNormalized
    }

    /// The token that the entry of `added_tokens` describes.
    init(_ reader: ComponentReader) throws(TokenizerError) {
        content = try reader.string("content")
        isSpecial = try reader.bool("special", default: false)
        isSingleWord = try reader.bool("single_word", default: false)
        stripsLeft = try reader.bool("lstrip", default: false)
        stripsRight = try reader.bool("rstrip", default: false)
        isNormalized = try reader.bool("normalized", default: !isSpecial)
    }
}
