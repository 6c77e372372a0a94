/// The tokens added to a model's vocabulary, by number and by text, and what finds them.
struct AddedVocabulary: Sendable {
    /// Finds those that are looked for in the text as it is.
    private(set) var rawFinder = AddedTokenFinder()
    /// Finds those that are looked for in normalized text.
    private(set) var normalizedFinder = AddedTokenFinder()
    /// Whether a special token is looked for in normalized text.
    private(set) var hasNormalizedSpecial = false
    /// How many of them the model does not have.
    private(set) var extraCount = 0
    /// One more than the largest number.
    private(set) var upperBound = 0

    private var ids: [[UInt8]: TokenID] = [:]
    private var specialIDs: Set<TokenID> = []
    /// The texts that decoding gives the tokens: normalized where they are looked for in normalized text.
    private var decodedTexts: [TokenID: [UInt8]] = [:]
    /// Those whose decoded text is a special token's text.
    private var skippedIDs: Set<TokenID> = []

    /// Numbers the tokens as the reference does: the model's number where it has the text, else the next free one.
    init(_ added: [AddedToken], vocabulary: Vocabulary, normalizer: Normalizer?) throws(TokenizerError) {
        var numbered: [(AddedToken, TokenID)] = []
        for token in added where !token.content.isEmpty {
            let content = Array(token.content.utf8)
            if ids[content] != nil { continue }
            let known = vocabulary.id(content)
            let next = max(vocabulary.count, upperBound)
            guard known != nil || next <= Vocabulary.maximumID else {
                throw .invalidTokenID(token: token.content, id: next)
            }
            let id = TokenID(known ?? Int32(next))
            if known == nil { extraCount += 1 }
            upperBound = max(upperBound, id.index + 1)
            ids[content] = id
            if token.isSpecial { specialIDs.insert(id) }
            numbered.append((token, id))
        }
        for (token, id) in numbered {
            let content = Array(token.content.utf8)
            let text = token.isNormalized ? normalizer?.normalize(content) ?? content : content
            decodedTexts[id] = text
            if let same = ids[text], specialIDs.contains(same) { skippedIDs.insert(id) }
        }
        // of two that look alike after normalization, a special one is found
        for isSpecial in [true, false] {
            for (token, id) in numbered where token.isSpecial == isSpecial { find(token, id, normalizer) }
        }
    }

    private mutating func find(_ token: AddedToken, _ id: TokenID, _ normalizer: Normalizer?) {
        let content = Array(token.content.utf8)
        if token.isNormalized {
            normalizedFinder.insert(token, id: id, pattern: normalizer?.normalize(content) ?? content)
            hasNormalizedSpecial = hasNormalizedSpecial || token.isSpecial
        } else {
            rawFinder.insert(token, id: id, pattern: content)
        }
    }

    /// The number of the token with this text.
    func id(_ content: [UInt8]) -> TokenID? { ids[content] }

    /// The text that decoding gives the token.
    func decodedText(_ id: TokenID) -> [UInt8]? { decodedTexts[id] }

    /// Whether the token is left out where special tokens are.
    func isSkipped(_ id: TokenID) -> Bool { skippedIDs.contains(id) }

    /// Whether the number is a special token's.
    func isSpecial(_ id: TokenID) -> Bool { specialIDs.contains(id) }
}
