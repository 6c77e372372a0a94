import MartletTokenizers

extension GenerationRequest {
    /// Refuses what cannot be generated.
    func check(_ configuration: EngineConfiguration, vocabularySize: Int) throws(EngineError) {
        guard !promptTokenIDs.isEmpty else { throw .emptyPrompt }
        let maximum = configuration.maxModelLength - 1
        guard promptTokenIDs.count <= maximum else {
            throw .promptTooLong(tokenCount: promptTokenIDs.count, maximum: maximum)
        }
        let seats = min(configuration.maxSequences, configuration.maxBatchedTokens)
        guard choiceCount >= 1, choiceCount <= seats else { throw .invalidChoiceCount(choiceCount, maximum: seats) }
        if let allowed = parameters.allowedTokenIDs, allowed.isEmpty { throw .noTokenAllowed }
        try Self.check(promptTokenIDs, .prompt, vocabularySize)
        try Self.check(parameters.stopTokenIDs, .stopTokenIDs, vocabularySize)
        try Self.check(parameters.allowedTokenIDs ?? [], .allowedTokenIDs, vocabularySize)
        try Self.check(Array(parameters.logitBias.keys), .logitBias, vocabularySize)
        for word in parameters.badWords { try Self.check(word, .badWords, vocabularySize) }
    }

    private static func check(
        _ tokens: [TokenID],
        _ field: EngineError.Field,
        _ vocabularySize: Int
    ) throws(EngineError) {
        for token in tokens where token.rawValue < 0 || Int(token.rawValue) >= vocabularySize {
            throw .tokenOutOfVocabulary(tokenID: token.rawValue, field: field, vocabularySize: vocabularySize)
        }
    }
}
