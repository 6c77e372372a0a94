package import MartletEngine
package import MartletTokenizers

/// A prompt in tokens and what is wanted of it in text: the engine's request plus everything that is about text.
package struct TextRequest: Sendable {
    /// The engine's part.
    package var generation: GenerationRequest
    /// Texts that end a choice.
    package var stopStrings: [String]
    /// Whether the text of a stop string or stop token is part of the output.
    package var includesStop: Bool
    /// Whether special tokens are left out of the text.
    package var skipsSpecialTokens: Bool
    /// Special tokens whose text is part of the output all the same.
    package var keptSpecialTokens: Set<TokenID>
    /// Whether special tokens in a row are apart as the tokenizer has it.
    package var spacesBetweenSpecialTokens: Bool

    /// A request.
    package init(
        generation: GenerationRequest,
        stopStrings: [String] = [],
        includesStop: Bool = false,
        skipsSpecialTokens: Bool = true,
        keptSpecialTokens: Set<TokenID> = [],
        spacesBetweenSpecialTokens: Bool = true
    ) {
        self.generation = generation
        self.stopStrings = stopStrings
        self.includesStop = includesStop
        self.skipsSpecialTokens = skipsSpecialTokens
        self.keptSpecialTokens = keptSpecialTokens
        self.spacesBetweenSpecialTokens = spacesBetweenSpecialTokens
    }
}

/// What ended a choice besides the model's end-of-sequence token.
package enum StopReason: Sendable, Hashable {
    /// The stop string that was found.
    case string(String)
    /// The stop token that was generated.
    case token(TokenID)
}

/// What one step added to the text of one choice.
package struct TextOutput: Sendable, Hashable {
    /// The choice, from 0.
    package var choice: Int
    /// New text: whole characters, nothing that could still become a stop string.
    package var text: String
    /// The tokens of this step in order, up to the one that completed a stop string.
    package var tokens: [GeneratedToken]
    /// Set with the last output of the choice.
    package var finishReason: FinishReason?
    /// What ended the choice, when that is a stop string or a stop token.
    package var stopReason: StopReason?
}

/// What one step did for a request, in text.
package struct TextEvent: Sendable {
    /// The choices that got text or tokens, or ended.
    package var outputs: [TextOutput]
    /// How many prompt tokens came from the prefix cache.
    package var cachedTokenCount: Int
    /// Log-probabilities of the prompt's tokens but the first, with the first event of a request that asks for them.
    package var promptLogprobs: [TokenLogprobs] = []
    /// From the request's coming to the end of the step; `nil` for a beam search.
    package var age: Duration?
    /// From the request's coming to its first place in a batch.
    package var queueTime = Duration.zero
}
