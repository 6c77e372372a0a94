/// What is reported of tokens where log-probabilities are asked for; the raw values are vLLM's names.
package enum LogprobsMode: String, Sendable, Hashable, CaseIterable {
    /// Log-probabilities of the model's logits.
    case rawLogprobs = "raw_logprobs"
    /// The model's logits.
    case rawLogits = "raw_logits"
    /// Log-probabilities of what tokens are drawn from: after masks, biases, penalties, temperature and filters.
    case processedLogprobs = "processed_logprobs"
    /// The logits that tokens are drawn from, over the temperature; −∞ for what is masked or filtered.
    case processedLogits = "processed_logits"

    /// Whether what sampling does to logits shows.
    var isProcessed: Bool { self == .processedLogprobs || self == .processedLogits }

    /// Whether logits are reported as they are.
    package var isLogits: Bool { self == .rawLogits || self == .processedLogits }
}
