package import MartletTokenizers

/// How the tokens of one request are chosen: vLLM's parameters, validated before they come here.
///
/// Stop strings are text and live above the engine. Penalties, `logitBias`, `allowedTokenIDs` and `badWords` change the
/// logits before the temperature; log-probabilities are of the raw logits unless their mode says
/// otherwise.
package struct SamplingParameters: Sendable, Hashable {
    /// 0 is greedy.
    package var temperature: Float = 1
    /// The probability mass that is kept, in (0, 1]; 1 keeps all.
    package var topP: Float = 1
    /// How many of the likeliest tokens are kept; 0 keeps all.
    package var topK: Int = 0
    /// The least probability that is kept, relative to the greatest; 0 keeps all.
    package var minP: Float = 0
    /// Subtracted once for each token that occurs in the completion.
    package var presencePenalty: Float = 0
    /// Subtracted for each occurrence in the completion.
    package var frequencyPenalty: Float = 0
    /// Divides positive and multiplies negative logits of tokens that occur in prompt or completion.
    package var repetitionPenalty: Float = 1
    /// Keys the draws, `nil` draws afresh at each request; choice `i` uses `seed + i`.
    package var seed: Int64?
    /// The most tokens of the completion; at least 1.
    package var maxTokens: Int = 16
    /// Tokens before which end and stop tokens are masked.
    package var minTokens: Int = 0
    /// Whether end-of-sequence tokens are ordinary.
    package var ignoreEOS = false
    /// Tokens that end the completion besides the model's end-of-sequence tokens.
    package var stopTokenIDs: [TokenID] = []
    /// Added to the logits of tokens.
    package var logitBias: [TokenID: Float] = [:]
    /// The only tokens that may be chosen; `nil` for all.
    package var allowedTokenIDs: [TokenID]?
    /// Token sequences that must not be completed.
    package var badWords: [[TokenID]] = []
    /// How many likeliest tokens to report at each position of the prompt, −1 for all; `nil` for none of this.
    package var promptLogprobs: Int?
    /// The tokens to report in place of the likeliest; `nil` for those.
    package var logprobTokenIDs: [TokenID]?
    /// When a completion that repeats itself ends; `nil` for never.
    package var repetitionLimit: RepetitionLimit?
    /// How many likeliest tokens to report beside the chosen one; `nil` for no log-probabilities at all.
    package var logprobs: Int?
    /// What is reported as log-probabilities.
    package var logprobsMode = LogprobsMode.rawLogprobs

    /// vLLM's defaults.
    package init() {}
}
