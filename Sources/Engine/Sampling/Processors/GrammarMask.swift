/// Forbids the tokens that the completion's grammar does not allow next.
struct GrammarMask: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool { state.mask != nil }

    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    ) {
        if let mask = state.mask { edits.keepOnly(&logits, mask: mask.words) }
    }
}
