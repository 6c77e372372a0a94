extension Tokenizer {
    /// The text of tokens.
    ///
    /// - Parameters:
    ///   - ids: the tokens; those that the tokenizer does not have, have no text.
    ///   - skipSpecialTokens: whether special tokens have no text.
    /// - Returns: the text; bytes that are not UTF-8 are U+FFFD.
    /// - Complexity: O(tokens).
    public func decode(_ ids: [TokenID], skipSpecialTokens: Bool = true) -> String {
        var state = DecoderState(decoder)
        var text: [UInt8] = []
        for id in ids {
            if let token = shownText(of: id, skipSpecialTokens) { state.append(token, to: &text) }
        }
        state.finish(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that a token stands for within a text; not always whole characters.
    ///
    /// - Returns: no bytes for a number that no token has.
    public func bytes(of id: TokenID) -> [UInt8] {
        tokenBytes(id).map { decoder.bytes(of: $0) } ?? []
    }

    /// The token as log-probabilities show it: the text of this token alone, special or not.
    public func displayText(of id: TokenID) -> String {
        decode([id], skipSpecialTokens: false)
    }

    /// The token's text for the decoder, where it is to be shown.
    ///
    /// An added token that is looked for in normalized text shows normalized, and is left out with special tokens only
    /// where that text is a special token's, as in the reference.
    func shownText(of id: TokenID, _ skipsSpecialTokens: Bool) -> ArraySlice<UInt8>? {
        if skipsSpecialTokens, added.isSkipped(id) { return nil }
        return tokenBytes(id)
    }

    /// The text of an added token; `nil` for others.
    func addedText(of id: TokenID) -> [UInt8]? { added.decodedText(id) }
}
