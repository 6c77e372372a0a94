/// Makes tokens that have occurred less likely.
///
/// Repetition first (prompt and completion: positive logits are divided, negative ones multiplied), then frequency and
/// presence (completion only, subtracted). A logit stays finite, however small or great the penalty.
struct Penalties: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool { !state.penalties.tokenIDs.isEmpty }

    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    ) {
        let repetition = state.parameters.repetitionPenalty
        let frequency = state.parameters.frequencyPenalty
        let presence = state.parameters.presencePenalty
        for (place, token) in state.penalties.tokenIDs.enumerated() {
            let count = state.penalties.outputCounts[place]
            var logit = logits[Int(token)]
            // what is masked stays so
            guard logit.isFinite else { continue }
            if repetition != 1 { logit = logit > 0 ? logit / repetition : logit * repetition }
            if count > 0 {
                logit -= frequency * Float(count)
                logit -= presence
            }
            // an extreme penalty overflows
            edits.set(&logits, Int(token), logit.clamped)
        }
    }
}

extension Float {
    /// The number, or the nearest finite one.
    fileprivate var clamped: Float {
        isNaN ? 0 : Swift.min(Swift.max(self, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }
}
