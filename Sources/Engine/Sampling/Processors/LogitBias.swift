/// Adds the request's biases.
struct LogitBias: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool { !state.logitBias.isEmpty }

    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    ) {
        for (token, bias) in state.logitBias { edits.set(&logits, Int(token), logits[Int(token)] + bias) }
    }
}
