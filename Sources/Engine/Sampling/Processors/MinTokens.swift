/// Forbids end and stop tokens as long as the completion is too short, unless its grammar allows nothing else.
struct MinTokens: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool {
        outputTokenCount < state.parameters.minTokens && state.mask?.isEndOnly != true
    }

    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    ) {
        for token in state.eosTokenIDs { edits.set(&logits, Int(token), -.infinity) }
        for token in state.stopTokenIDs { edits.set(&logits, Int(token), -.infinity) }
    }
}
