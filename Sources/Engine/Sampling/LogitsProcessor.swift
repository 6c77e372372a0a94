/// One change of a row of logits before the temperature.
protocol LogitsProcessor: Sendable {
    /// Whether the greatest logit stays the greatest, so that greedy requests skip it.
    var isArgmaxInvariant: Bool { get }

    /// Whether it changes the next token's logits.
    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool

    /// Changes the logits in place, through the edits. Called when active.
    ///
    /// - Parameters:
    ///   - logits: `[vocabularySize]`; a forbidden token's logit is −∞.
    ///   - edits: takes the changes back later.
    ///   - state: the choice's parameters and counts.
    ///   - output: the completion so far.
    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    )
}
