import MartletEngine

/// Joins the outputs of one choice, so that a reader gets several tokens at a time.
package struct OutputGrouping: Sendable {
    private let interval: Int
    private var hasBegun = false
    private var waiting: TextOutput?

    /// A grouping.
    ///
    /// - Parameter interval: how many tokens an output has at least; the first and the last one come at once.
    package init(interval: Int) { self.interval = interval }

    /// Takes an output.
    ///
    /// - Returns: what the reader gets now.
    package mutating func add(_ output: TextOutput) -> TextOutput? {
        guard interval > 1 else { return output }
        var joined = output
        if var before = waiting {
            before.text += output.text
            before.tokens += output.tokens
            before.finishReason = output.finishReason
            before.stopReason = output.stopReason
            joined = before
        }
        if !hasBegun || joined.finishReason != nil || joined.tokens.count >= interval {
            hasBegun = true
            waiting = nil
            return joined
        }
        waiting = joined
        return nil
    }
}
