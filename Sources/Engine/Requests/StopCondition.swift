import MartletTokenizers

extension GenerationSequence {
    /// Why the sequence ends with its last token, or `nil`.
    ///
    /// End-of-sequence tokens come before stop tokens, then the end of a grammar, all before the length: a stop token as the last token allowed is
    /// a stop. Tokens below `minTokens` cannot be stops, the sampler masks them.
    func finishReasonAfterLastToken() -> (reason: FinishReason, stopTokenID: TokenID?)? {
        guard outputTokenCount > 0, let last = tokenIDs.last else { return nil }
        if sampling.eosTokenIDs.contains(last) { return (.stop, nil) }
        if sampling.stopTokenIDs.contains(last) { return (.stop, TokenID(rawValue: last)) }
        if sampling.constraint?.isComplete == true { return (.stop, nil) }
        if let limit = sampling.parameters.repetitionLimit, limit.isReached(by: outputTokenIDs) {
            return (.repetition, nil)
        }
        return outputTokenCount >= maxOutputTokens ? (.length, nil) : nil
    }
}
