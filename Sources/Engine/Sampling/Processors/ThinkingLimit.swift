/// Forbids all tokens but the next one of the end of thinking, where the thinking has taken all it may.
struct ThinkingLimit: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool {
        state.thinking?.forcedToken != nil
    }

    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    ) {
        if let token = state.thinking?.forcedToken { edits.keepOnly(&logits, [token]) }
    }
}
