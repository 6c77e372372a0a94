package import Martlet
package import MartletEngine
package import MartletOpenAIAPI
package import MartletTokenizers

/// The fields of a request that shape one engine request.
package struct GenerationFields: Sendable {
    /// How tokens are chosen.
    package var sampling: SamplingFields
    /// The tokens asked for.
    package var budget: OutputBudget
    /// How many log-probabilities are reported.
    package var logprobs: Int?
    /// How many log-probabilities are reported at each position of the prompt.
    package var promptLogprobs: Int?
    /// Model, ids, salt.
    package var options: RequestOptions
    /// What the text must satisfy.
    package var constraint: OutputConstraint?
    /// How long the answers may think.
    package var thinkingBudget: ThinkingBudget?
    /// Special tokens whose text is parsed.
    package var keptSpecialTokens: Set<TokenID> = []
}

extension ModelService {
    /// The engine's request for a prompt, every value checked.
    ///
    /// - Parameters:
    ///   - prompt: the prompt's tokens.
    ///   - fields: what the request says.
    ///   - id: names the request in the engine.
    ///   - position: which of the request's prompts this is.
    /// - Returns: the request, its limits resolved.
    /// - Throws: 400 naming the field.
    package func textRequest(
        prompt: [TokenID],
        fields: GenerationFields,
        id: String,
        position: Int
    ) throws(APIError) -> TextRequest {
        let resolved = try resolvedSampling(
            fields.sampling,
            budget: fields.budget,
            logprobs: fields.logprobs,
            promptTokenCount: prompt.count
        )
        if fields.sampling.useBeamSearch {
            guard fields.constraint == nil else {
                throw .badRequest(
                    "use_beam_search cannot be combined with constrained output.",
                    param: "use_beam_search"
                )
            }
            guard resolved.stop.isEmpty else {
                throw .badRequest("use_beam_search cannot be combined with stop strings.", param: "use_beam_search")
            }
        }
        var parameters = try parameters(resolved, position: position)
        parameters.promptLogprobs = try checked(promptLogprobs: fields.promptLogprobs)
        let generation = GenerationRequest(
            // clients may send one id twice
            id: RequestID("\(id)-\(position)-\(RandomID.hex(8))"),
            promptTokenIDs: prompt,
            parameters: parameters,
            choiceCount: resolved.n,
            eosTokenIDs: model.eosTokenIDs,
            constraint: fields.constraint,
            thinkingBudget: fields.thinkingBudget,
            cacheSalt: fields.options.cacheSalt,
            priority: fields.options.priority
        )
        return TextRequest(
            generation: generation,
            stopStrings: resolved.stop,
            includesStop: resolved.includeStopStringInOutput,
            skipsSpecialTokens: resolved.skipSpecialTokens,
            keptSpecialTokens: fields.keptSpecialTokens,
            spacesBetweenSpecialTokens: resolved.spacesBetweenSpecialTokens
        )
    }

    private func checked(promptLogprobs count: Int?) throws(APIError) -> Int? {
        guard let count else { return nil }
        let wanted = count == -1 ? model.vocabularySize : count
        let limit = decoding.limits.maxLogprobs
        guard limit == -1 || wanted <= limit else {
            throw .badRequest(
                "Requested prompt logprobs of \(wanted), which is greater than max allowed: \(limit)",
                param: "prompt_logprobs",
                value: "\(wanted)"
            )
        }
        return min(wanted, model.vocabularySize)
    }

    /// How tokens are chosen for a prompt, every value checked, the model's defaults filled in.
    ///
    /// - Parameters:
    ///   - sampling: what the request says.
    ///   - budget: the tokens it asks for.
    ///   - logprobs: how many log-probabilities it wants.
    ///   - promptTokenCount: the prompt's tokens.
    /// - Returns: the values in force.
    /// - Throws: 400 naming the field.
    package func resolvedSampling(
        _ sampling: SamplingFields,
        budget: OutputBudget,
        logprobs: Int?,
        promptTokenCount: Int
    ) throws(APIError) -> ResolvedSampling {
        let defaults = model.generationDefaults
        let maxTokens = try budget.tokens(
            promptTokenCount: promptTokenCount,
            maxModelLength: model.maxModelLength,
            defaultCount: defaults.maxNewTokens,
            cap: defaults.isMaxNewTokensCap ? defaults.maxNewTokens : nil
        )
        var bounds = SamplingBounds(vocabularySize: model.vocabularySize, limits: decoding.limits)
        // the choices of one prompt run together, several prompts one after the other
        bounds.maxChoices = min(bounds.maxChoices, model.configuration.maxSequences)
        return try sampling.resolved(
            defaults: SamplingDefaults(defaults),
            maxTokens: maxTokens,
            logprobs: logprobs,
            bounds: bounds
        )
    }

    private func parameters(_ resolved: ResolvedSampling, position: Int) throws(APIError) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = Float(resolved.temperature)
        parameters.topP = Float(resolved.topP)
        parameters.topK = resolved.topK
        parameters.minP = Float(resolved.minP)
        parameters.presencePenalty = Float(resolved.presencePenalty)
        parameters.frequencyPenalty = Float(resolved.frequencyPenalty)
        parameters.repetitionPenalty = Float(resolved.repetitionPenalty)
        parameters.seed = resolved.seed.map { Int64($0) }
        parameters.maxTokens = resolved.maxTokens
        parameters.minTokens = resolved.minTokens
        parameters.ignoreEOS = resolved.ignoreEOS
        let stops = resolved.stopTokenIDs.compactMap { TokenID(exactly: $0) }
        let extra =
            resolved.ignoreEOS ? [] : model.generationDefaults.eosTokenIDs.filter { !model.eosTokenIDs.contains($0) }
        parameters.stopTokenIDs = stops + extra
        for (id, bias) in resolved.logitBias {
            if let id = TokenID(exactly: id) { parameters.logitBias[id] = Float(bias) }
        }
        parameters.allowedTokenIDs = resolved.allowedTokenIDs?.compactMap { TokenID(exactly: $0) }
        parameters.badWords = try badWords(resolved.badWords)
        parameters.logprobs = resolved.logprobs
        parameters.logprobsMode = configuration.logprobsMode
        parameters.logprobTokenIDs = resolved.logprobTokenIDs?.compactMap { TokenID(exactly: $0) }
        parameters.repetitionLimit = resolved.repetitionDetection.map {
            RepetitionLimit(patternSizes: max(1, $0.minPatternSize)...$0.maxPatternSize, count: $0.minCount)
        }
        return parameters
    }

    /// The token sequences of forbidden words, each with and without a space before it.
    private func badWords(_ words: [String]) throws(APIError) -> [[TokenID]] {
        var sequences: [[TokenID]] = []
        for word in words {
            let bare = word.drop { $0 == " " }
            let alone = model.tokenizer.encode(String(bare), addSpecialTokens: false)
            let spaced = model.tokenizer.encode(" " + bare, addSpecialTokens: false)
            if !alone.isEmpty { sequences.append(alone) }
            // the spaced form counts where the space merged into the word's first token
            if let first = spaced.first, first != alone.first, spaced.count == alone.count { sequences.append(spaced) }
        }
        guard sequences.reduce(0, { $0 + $1.count }) <= 1024 else {
            throw .badRequest("bad_words are more than 1024 tokens together.", param: "bad_words")
        }
        return sequences
    }

    /// Starts a request.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - beamLengthPenalty: that of a beam search; `nil` for sampling.
    /// - Returns: its text as it comes.
    /// - Throws: what the engine refuses it for.
    package func start(_ request: TextRequest, beamLengthPenalty: Double? = nil) throws(APIError) -> TextSource {
        if let beamLengthPenalty {
            return .beams(
                BeamSearch(
                    request: request,
                    lengthPenalty: beamLengthPenalty,
                    engine: model.engine,
                    tokenizer: model.tokenizer
                )
            )
        }
        do {
            return .stream(try TextStream(request: request, engine: model.engine, tokenizer: model.tokenizer))
        } catch {
            throw APIError(error, maxModelLength: model.maxModelLength)
        }
    }
}

extension SamplingDefaults {
    init(_ defaults: GenerationDefaults) {
        self.init()
        temperature = defaults.temperature.map { Double($0) }
        topP = defaults.topP.map { Double($0) }
        topK = defaults.topK
        minP = defaults.minP.map { Double($0) }
        presencePenalty = defaults.presencePenalty.map { Double($0) }
        frequencyPenalty = defaults.frequencyPenalty.map { Double($0) }
        repetitionPenalty = defaults.repetitionPenalty.map { Double($0) }
    }
}

extension APIError {
    /// What a client is told when the engine refuses a request.
    init(_ error: EngineError, maxModelLength: Int) {
        switch error {
        case .emptyPrompt: self = .emptyPrompt
        case .promptTooLong(let tokenCount, _):
            self = .promptTooLong(tokenCount: tokenCount, isLowerBound: false, maxModelLength: maxModelLength)
        case .tokenOutOfVocabulary(let id, _, _): self = .outOfVocabulary(tokenID: Int(id))
        case .invalidChoiceCount(let count, let maximum):
            self = .badRequest("n must be at most \(maximum), got \(count).", param: "n")
        case .noTokenAllowed: self = .badRequest("allowed_token_ids allows no token.", param: "allowed_token_ids")
        case .queueFull(let maximum): self = .queueFull(limit: maximum)
        case .queueTokensFull(let maximum): self = .queueTokensFull(limit: maximum)
        case .duplicateRequest(let id): self = .badRequest("A request named \(id) is under way.", param: "request_id")
        case .shuttingDown: self = .unavailable("The server is shutting down.")
        case .invalidConfiguration, .outOfMemory, .deviceFailure, .warmUpFailed: self = .engineFailure
        }
    }
}
