/// Forbids all tokens but those allowed.
struct AllowedTokens: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool { state.allowedTokenIDs != nil }

    func apply(to logits: inout MutableSpan<Float>, state: borrowing SamplingState, output: ArraySlice<Int32>) {
        guard let allowed = state.allowedTokenIDs else { return }
        // fill the gaps between the allowed ones
        var next = 0
        for token in allowed {
            for index in next..<Int(token) { logits[index] = -.infinity }
            next = Int(token) + 1
        }
        for index in next..<logits.count { logits[index] = -.infinity }
    }
}
