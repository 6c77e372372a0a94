/// Forbids the token that would complete a forbidden sequence in the completion.
struct BadWords: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool { !state.badWords.isEmpty }

    func apply(
        to logits: inout MutableSpan<Float>,
        edits: inout RowEdits,
        state: borrowing SamplingState,
        output: ArraySlice<Int32>
    ) {
        for word in state.badWords {
            guard let last = word.last, output.count >= word.count - 1 else { continue }
            if output.suffix(word.count - 1) == word.dropLast() { edits.set(&logits, Int(last), -.infinity) }
        }
    }
}
