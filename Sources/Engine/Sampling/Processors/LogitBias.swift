/// Adds the request's biases.
struct LogitBias: LogitsProcessor {
    let isArgmaxInvariant = false

    func isActive(_ state: borrowing SamplingState, outputTokenCount: Int) -> Bool { !state.logitBias.isEmpty }

    func apply(to logits: inout MutableSpan<Float>, state: borrowing SamplingState, output: ArraySlice<Int32>) {
        for (token, bias) in state.logitBias { logits[Int(token)] += bias }
    }
}
