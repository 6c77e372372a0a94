/// Forbids all tokens but those allowed.
struct AllowedTokens: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool { state.allowedTokenIDs != nil }

    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    ) {
        guard let allowed = state.allowedTokenIDs else { return }
        edits.keepOnly(&logits, allowed)
    }
}
