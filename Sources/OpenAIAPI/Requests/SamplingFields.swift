import MartletJSON

/// The sampling fields of a request as they came: `nil` where the request says nothing.
///
/// Defaults of the model are merged, and ranges checked, by `resolved(…)`.
package struct SamplingFields: Sendable, Hashable {
    /// 0 is greedy.
    package var temperature: Double?
    /// The probability mass kept.
    package var topP: Double?
    /// How many of the likeliest tokens are kept; 0 and -1 keep all.
    package var topK: Int?
    /// The least probability kept, relative to the greatest.
    package var minP: Double?
    /// Subtracted once for each token of the completion.
    package var presencePenalty: Double?
    /// Subtracted for each occurrence in the completion.
    package var frequencyPenalty: Double?
    /// Divides positive and multiplies negative logits of tokens that occurred.
    package var repetitionPenalty: Double?
    /// Keys the draws; -1 is none.
    package var seed: Int?
    /// The number of completions of each prompt.
    package var n: Int?
    /// What the request calls `n`, for messages.
    var choicesField = "n"
    /// The most tokens of a completion.
    package var maxTokens: Int?
    /// Tokens before which nothing ends the completion.
    package var minTokens: Int?
    /// Texts that end the completion.
    package var stop: [String]?
    /// Tokens that end the completion.
    package var stopTokenIDs: [Int]?
    /// Whether the text that ended the completion is part of it.
    package var includeStopStringInOutput: Bool?
    /// Whether end-of-sequence tokens are ordinary.
    package var ignoreEOS: Bool?
    /// Added to logits, by token.
    package var logitBias: [LogitBias]?
    /// The only tokens that may be chosen.
    package var allowedTokenIDs: [Int]?
    /// Texts that must not be generated.
    package var badWords: [String]?
    /// Whether the choices are the best ones of a beam search, as many as `n`.
    package var useBeamSearch = false
    /// The power of a beam's length that its log-probability is divided by.
    package var lengthPenalty: Double = 1
    /// The tokens whose log-probabilities are reported beside the chosen one's, in place of the likeliest.
    package var logprobTokenIDs: [Int]?
    /// When a completion that repeats itself ends.
    package var repetitionDetection: RepetitionDetection?
    /// Whether special tokens are left out of the text.
    package var skipSpecialTokens: Bool?
    /// Whether shown special tokens are set off by spaces.
    package var spacesBetweenSpecialTokens: Bool?

    /// That of a beam search; `nil` for sampling.
    package var beamLengthPenalty: Double? { useBeamSearch ? lengthPenalty : nil }

    /// Nothing said.
    package init() {}

    static let fields: [Field<SamplingFields>] = [
        Field("temperature", \.temperature, .number),
        Field("top_p", \.topP, .number),
        Field("top_k", \.topK, .integer),
        Field("min_p", \.minP, .number),
        Field("presence_penalty", \.presencePenalty, .number),
        Field("frequency_penalty", \.frequencyPenalty, .number),
        Field("repetition_penalty", \.repetitionPenalty, .number),
        Field("seed", \.seed, .integer64),
        Field("n", \.n, .integer),
        Field("max_tokens", \.maxTokens, .integer),
        Field("min_tokens", \.minTokens, .integer),
        Field("stop", \.stop, .stopStrings),
        Field("stop_token_ids", \.stopTokenIDs, .list(of: .integer, \.maxStopTokenIDs)),
        Field("include_stop_str_in_output", \.includeStopStringInOutput, .boolean),
        Field("ignore_eos", \.ignoreEOS, .boolean),
        Field("logit_bias", \.logitBias, .logitBias),
        Field("allowed_token_ids", \.allowedTokenIDs, .list(of: .integer, \.maxAllowedTokenIDs)),
        Field("bad_words", \.badWords, .list(of: .string(\.maxBadWordLength), \.maxBadWords)),
        Field("use_beam_search", \.useBeamSearch, .boolean),
        Field("length_penalty", \.lengthPenalty, .number),
        Field("logprob_token_ids", \.logprobTokenIDs, .list(of: .integer, \.maxLogprobTokenIDs)),
        Field("repetition_detection", \.repetitionDetection, .repetitionDetection),
        Field("skip_special_tokens", \.skipSpecialTokens, .boolean),
        Field("spaces_between_special_tokens", \.spacesBetweenSpecialTokens, .boolean),
    ]
}

/// A number added to the logits of a token, as a request writes it: the token's id is a string.
package struct LogitBias: Sendable, Hashable {
    /// The token's id in decimal digits, unchecked.
    package var token: String
    /// What is added.
    package var bias: Double
}

extension Coercion<[LogitBias]> {
    /// An object from token ids to numbers.
    static let logitBias = Coercion { value, location, reader in
        guard let object = Coercion<JSONObject>.object.read(value, location, &reader) else { return nil }
        guard object.count <= reader.limits.maxLogitBias else {
            reader.reportTooLong(location, value, limit: reader.limits.maxLogitBias, count: object.count)
            return nil
        }
        var result: [LogitBias] = []
        for member in object {
            let place = location.child(APIError.shortened(member.key))
            guard let bias = Coercion<Double>.number.read(member.value, place, &reader) else { return nil }
            result.append(LogitBias(token: member.key, bias: bias))
        }
        return result
    }
}

extension Coercion<[String]> {
    /// One string, or a list of them.
    static let stopStrings = Coercion { value, location, reader in
        if case .string = value {
            return Coercion<String>.string(\.maxStopLength).read(value, location, &reader).map { [$0] }
        }
        var branch = reader
        reader.report("string_type", location, "Input should be a valid string", value)
        let list = Coercion.list(of: .string(\.maxStopLength), \.maxStopStrings)
        if let texts = list.read(value, location, &branch) {
            reader = branch
            return texts
        }
        _ = list.read(value, location, &reader)
        return nil
    }
}
