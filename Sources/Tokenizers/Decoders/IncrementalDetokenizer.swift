/// Text of tokens as they come: every piece is whole characters, and the pieces add up to the whole decoded text.
///
/// Held back are the beginning of a character, and a run of byte-fallback tokens until its end decides whether it is text.
public struct IncrementalDetokenizer: Sendable {
    /// How many tokens of a prompt can matter to the text after it.
    private static let contextCount = 32

    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    private let keptSpecialTokens: Set<TokenID>
    private let spacesAddedTokens: Bool
    /// Whether the last token that was shown is an added one.
    private var isBehindAddedToken = false
    private var state: DecoderState

    /// A detokenizer at the beginning of a text, or after a prompt.
    ///
    /// - Parameters:
    ///   - tokenizer: whose tokens they are.
    ///   - prompt: the tokens before the first that is appended; their text is not part of any piece, but a space that
    ///     would be dropped at the beginning of a text stays after them.
    ///   - skipSpecialTokens: whether special tokens have no text.
    ///   - keptSpecialTokens: those that have text all the same.
    ///   - spacesBetweenSpecialTokens: whether added tokens that follow each other are apart as the decoder has it, such as
    ///     by the space between words of WordPiece; else they have their own text only.
    public init(
        tokenizer: Tokenizer,
        prompt: [TokenID] = [],
        skipSpecialTokens: Bool = true,
        keptSpecialTokens: Set<TokenID> = [],
        spacesBetweenSpecialTokens: Bool = true
    ) {
        self.tokenizer = tokenizer
        self.keptSpecialTokens = keptSpecialTokens
        skipsSpecialTokens = skipSpecialTokens
        spacesAddedTokens = spacesBetweenSpecialTokens
        state = DecoderState(tokenizer.decoder)
        var ignored: [UInt8] = []
        for id in prompt.suffix(Self.contextCount) {
            if let token = tokenizer.shownText(of: id, skipSpecialTokens) { state.append(token, to: &ignored) }
        }
        state.dropHeldText()
    }

    /// Takes the next token.
    ///
    /// - Parameter id: the token; one that the tokenizer does not have, has no text.
    /// - Returns: the text that is final with it; may be empty.
    public mutating func append(_ id: TokenID) -> String {
        let skips = skipsSpecialTokens && (keptSpecialTokens.isEmpty || !keptSpecialTokens.contains(id))
        guard let token = tokenizer.shownText(of: id, skips) else { return "" }
        var text: [UInt8] = []
        state.append(token, to: &text)
        if !spacesAddedTokens {
            let own = tokenizer.addedText(of: id)
            if isBehindAddedToken, let own, text.suffix(own.count) == own[...] { text = own }
            isBehindAddedToken = own != nil
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Ends the text.
    ///
    /// - Returns: what was held back; the unfinished beginning of a character is U+FFFD.
    public mutating func finish() -> String {
        var text: [UInt8] = []
        state.finish(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
