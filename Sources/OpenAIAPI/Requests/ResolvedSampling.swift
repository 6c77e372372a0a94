/// What the model's generation configuration, or the server's override of it, says where a request is silent.
package struct SamplingDefaults: Sendable, Hashable {
    /// See `SamplingFields`.
    package var temperature: Double?
    /// See `SamplingFields`.
    package var topP: Double?
    /// See `SamplingFields`.
    package var topK: Int?
    /// See `SamplingFields`.
    package var minP: Double?
    /// See `SamplingFields`.
    package var presencePenalty: Double?
    /// See `SamplingFields`.
    package var frequencyPenalty: Double?
    /// See `SamplingFields`.
    package var repetitionPenalty: Double?

    /// Nothing said: vLLM's defaults hold.
    package init() {}
}

/// What sampling parameters are checked against.
package struct SamplingBounds: Sendable, Hashable {
    /// The number of token ids.
    package var vocabularySize: Int
    /// The most log-probabilities for each position; -1 for no limit.
    package var maxLogprobs: Int
    /// The most choices of one prompt.
    package var maxChoices: Int

    /// Bounds.
    package init(vocabularySize: Int, limits: RequestLimits = RequestLimits()) {
        self.vocabularySize = vocabularySize
        maxLogprobs = limits.maxLogprobs
        maxChoices = limits.maxChoices
    }
}

/// Sampling parameters with defaults merged, every one of them checked.
package struct ResolvedSampling: Sendable, Hashable {
    /// 0 is greedy; else at least 0.01.
    package var temperature: Double
    /// In (0, 1].
    package var topP: Double
    /// 0 keeps all.
    package var topK: Int
    /// In [0, 1].
    package var minP: Double
    /// In [-2, 2].
    package var presencePenalty: Double
    /// In [-2, 2].
    package var frequencyPenalty: Double
    /// Above 0.
    package var repetitionPenalty: Double
    /// `nil` for a fresh one.
    package var seed: Int?
    /// At least 1.
    package var n: Int
    /// At least 1.
    package var maxTokens: Int
    /// At most `maxTokens`.
    package var minTokens: Int
    /// None is empty.
    package var stop: [String]
    /// Within the vocabulary.
    package var stopTokenIDs: [Int]
    /// Whether the text that ended the completion is part of it.
    package var includeStopStringInOutput: Bool
    /// Whether end-of-sequence tokens are ordinary.
    package var ignoreEOS: Bool
    /// Within [-100, 100], by token of the vocabulary.
    package var logitBias: [Int: Double]
    /// Within the vocabulary, not empty; `nil` for all.
    package var allowedTokenIDs: [Int]?
    /// None is empty.
    package var badWords: [String]
    /// Whether special tokens are left out of the text.
    package var skipSpecialTokens: Bool
    /// Whether shown special tokens are set off by spaces.
    package var spacesBetweenSpecialTokens: Bool
    /// How many likeliest tokens to report at each position; `nil` for no log-probabilities.
    package var logprobs: Int?
    /// The tokens to report in their place.
    package var logprobTokenIDs: [Int]?
    /// When a completion that repeats itself ends.
    package var repetitionDetection: RepetitionDetection?

    /// Whether the likeliest token is always taken.
    package var isGreedy: Bool { temperature == 0 }
}

extension SamplingFields {
    /// Merges defaults into the silent fields and checks every value, in the reference's order.
    ///
    /// - Parameters:
    ///   - defaults: from the generation configuration.
    ///   - maxTokens: the output budget, as `OutputBudget` found it.
    ///   - logprobs: how many log-probabilities the request asks for, -1 for all.
    ///   - bounds: what values are checked against.
    /// - Returns: parameters that are all within their ranges.
    /// - Throws: 400 that says which value is out of which range.
    package func resolved(
        defaults: SamplingDefaults,
        maxTokens: Int,
        logprobs: Int?,
        bounds: SamplingBounds
    ) throws(APIError) -> ResolvedSampling {
        var result = merged(defaults: defaults, maxTokens: maxTokens)
        try result.checkRanges(maxChoices: bounds.maxChoices, choicesField)
        try result.checkTexts()
        result.makeGreedyIfCold()
        if useBeamSearch, !lengthPenalty.isFinite {
            throw .badRequest("length_penalty must be a finite number.", param: "length_penalty")
        }
        if result.isGreedy, result.n > 1, !useBeamSearch {
            throw .badRequest("\(choicesField) must be 1 when using greedy sampling, got \(result.n).")
        }
        result.logprobs = try checked(logprobs: logprobs, bounds: bounds)
        result.logprobTokenIDs = try checkedLogprobTokenIDs(hasLogprobs: logprobs != nil, bounds.vocabularySize)
        if let repetitionDetection {
            try repetitionDetection.check()
            result.repetitionDetection = repetitionDetection.maxPatternSize == 0 ? nil : repetitionDetection
        }
        result.logitBias = try checkedLogitBias(vocabularySize: bounds.vocabularySize)
        try result.checkTokens(vocabularySize: bounds.vocabularySize)
        return result
    }

    private func merged(defaults: SamplingDefaults, maxTokens: Int) -> ResolvedSampling {
        ResolvedSampling(
            temperature: temperature ?? defaults.temperature ?? 1,
            topP: topP ?? defaults.topP ?? 1,
            topK: topK ?? defaults.topK ?? 0,
            minP: minP ?? defaults.minP ?? 0,
            presencePenalty: presencePenalty ?? defaults.presencePenalty ?? 0,
            frequencyPenalty: frequencyPenalty ?? defaults.frequencyPenalty ?? 0,
            repetitionPenalty: repetitionPenalty ?? defaults.repetitionPenalty ?? 1,
            seed: seed == -1 ? nil : seed,
            n: n ?? 1,
            maxTokens: maxTokens,
            minTokens: minTokens ?? 0,
            stop: stop ?? [],
            stopTokenIDs: stopTokenIDs ?? [],
            includeStopStringInOutput: includeStopStringInOutput ?? false,
            ignoreEOS: ignoreEOS ?? false,
            logitBias: [:],
            allowedTokenIDs: allowedTokenIDs,
            badWords: badWords ?? [],
            skipSpecialTokens: skipSpecialTokens ?? true,
            spacesBetweenSpecialTokens: spacesBetweenSpecialTokens ?? true
        )
    }

    private func checked(logprobs: Int?, bounds: SamplingBounds) throws(APIError) -> Int? {
        guard let logprobs else { return nil }
        let count = logprobs == -1 ? bounds.vocabularySize : logprobs
        if bounds.maxLogprobs != -1, count > bounds.maxLogprobs {
            throw .badRequest(
                "Requested sample logprobs of \(count), which is greater than max allowed: \(bounds.maxLogprobs)",
                param: "logprobs",
                value: "\(count)"
            )
        }
        return min(count, bounds.vocabularySize)
    }

    private func checkedLogprobTokenIDs(
        hasLogprobs: Bool,
        _ vocabularySize: Int
    ) throws(APIError) -> [Int]? {
        guard let logprobTokenIDs else { return nil }
        guard hasLogprobs else {
            throw .badRequest("logprob_token_ids needs `logprobs`.", param: "logprob_token_ids")
        }
        try ResolvedSampling.checkVocabulary(logprobTokenIDs, of: "logprob_token_ids", vocabularySize)
        return logprobTokenIDs
    }

    private func checkedLogitBias(vocabularySize: Int) throws(APIError) -> [Int: Double] {
        guard let logitBias, !logitBias.isEmpty else { return [:] }
        let strays = logitBias.filter { Self.tokenID($0.token) == nil }.map { APIError.shortened($0.token) }
        if !strays.isEmpty {
            let shown = PythonText.list(Array(strays.prefix(10)))
            throw .badRequest(
                "logit_bias contains key(s) that cannot be converted to integer token IDs: \(shown)",
                param: "logit_bias",
                value: shown
            )
        }
        var result: [Int: Double] = [:]
        for entry in logitBias {
            guard let id = Self.tokenID(entry.token) else { continue }
            guard !entry.bias.isNaN else {
                throw .badRequest("logit_bias values must be numbers, got nan for token \(id).", param: "logit_bias")
            }
            result[id] = min(100, max(-100, entry.bias))
        }
        try ResolvedSampling.checkVocabulary(result.keys.sorted(), of: "logit_bias", vocabularySize)
        return result
    }

    /// The id that a key of `logit_bias` stands for: decimal digits with an optional sign and white space around them.
    private static func tokenID(_ text: String) -> Int? {
        var body = text.utf8.drop { $0 == 0x20 }
        while body.last == 0x20 { body.removeLast() }
        return Int(String(decoding: Array(body), as: UTF8.self))
    }
}

extension ResolvedSampling {
    fileprivate func checkRanges(maxChoices: Int, _ choicesField: String) throws(APIError) {
        func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(APIError) {
            if !condition { throw .badRequest(message()) }
        }
        let text = PythonText.float
        try require(n >= 1, "n must be at least 1, got \(n).")
        try require(n <= maxChoices, "\(choicesField) must be at most \(maxChoices), got \(n).")
        for (name, penalty) in [("presence_penalty", presencePenalty), ("frequency_penalty", frequencyPenalty)] {
            try require(penalty >= -2 && penalty <= 2, "\(name) must be in [-2, 2], got \(text(penalty)).")
        }
        try require(
            repetitionPenalty > 0 && repetitionPenalty.isFinite,
            repetitionPenalty > 0 || repetitionPenalty.isNaN
                ? "repetition_penalty must be a finite number, got \(text(repetitionPenalty))."
                : "repetition_penalty must be greater than zero, got \(text(repetitionPenalty))."
        )
        try checkTemperature()
        if !(topP > 0 && topP <= 1) {
            throw .badRequest("top_p must be in (0, 1], got \(text(topP)).", param: "top_p", value: text(topP))
        }
        try require(topK >= -1, "top_k must be 0 (disable), or at least 1, got \(topK).")
        try require(minP >= 0 && minP <= 1, "min_p must be in [0, 1], got \(text(minP)).")
        if maxTokens < 1 {
            throw .badRequest(
                "max_tokens must be at least 1, got \(maxTokens).",
                param: "max_tokens",
                value: "\(maxTokens)"
            )
        }
        try require(minTokens >= 0, "min_tokens must be greater than or equal to 0, got \(minTokens).")
        try require(
            minTokens <= maxTokens,
            "min_tokens must be less than or equal to max_tokens=\(maxTokens), got \(minTokens)."
        )
    }

    private func checkTemperature() throws(APIError) {
        let shown = PythonText.float(temperature)
        let problem: String? =
            if !temperature.isFinite {
                "temperature must be a finite number, got \(shown)."
            } else if temperature < 0 {
                "temperature must be non-negative, got \(shown)."
            } else if temperature > 2 {
                "temperature must be in [0, 2], got \(shown)."
            } else {
                nil
            }
        if let problem { throw .badRequest(problem, param: "temperature", value: shown) }
    }

    fileprivate func checkTexts() throws(APIError) {
        if stop.contains(where: { $0.utf8.isEmpty }) { throw .badRequest("stop cannot contain an empty string.") }
        if badWords.contains(where: { $0.utf8.isEmpty }) {
            let shown = PythonText.list(Array(badWords.prefix(10)))
            throw .badRequest("bad_words cannot contain an empty string. Got bad_words=\(shown)")
        }
    }

    /// Below 1e-5 sampling is greedy; below 0.01 probabilities would overflow.
    fileprivate mutating func makeGreedyIfCold() {
        if topK == -1 { topK = 0 }
        if temperature < 1e-5 {
            temperature = 0
            topP = 1
            topK = 0
            minP = 0
        } else if temperature < 0.01 {
            temperature = 0.01
        }
    }

    fileprivate func checkTokens(vocabularySize: Int) throws(APIError) {
        try Self.checkVocabulary(stopTokenIDs, of: "stop_token_ids", vocabularySize)
        guard let allowedTokenIDs else { return }
        if allowedTokenIDs.isEmpty {
            throw .badRequest(
                "allowed_token_ids is not None and empty!",
                param: "allowed_token_ids",
                value: "[]"
            )
        }
        let strays = Self.outside(allowedTokenIDs, vocabularySize)
        if !strays.isEmpty {
            throw .badRequest(
                "allowed_token_ids contains out-of-vocab token id!",
                param: "allowed_token_ids",
                value: PythonText.list(strays)
            )
        }
    }

    fileprivate static func checkVocabulary(
        _ ids: [Int],
        of field: String,
        _ vocabularySize: Int
    ) throws(APIError) {
        let strays = outside(ids, vocabularySize)
        if strays.isEmpty { return }
        let shown = PythonText.list(strays)
        throw .badRequest(
            "token_id(s) \(shown) in \(field) contain out-of-vocab token ids. Vocabulary size: \(vocabularySize)",
            param: field,
            value: shown
        )
    }

    /// The first few ids that the vocabulary does not have.
    private static func outside(_ ids: [Int], _ vocabularySize: Int) -> [Int] {
        Array(ids.lazy.filter { $0 < 0 || $0 >= vocabularySize }.prefix(10))
    }
}
