/// Cuts prompts into chunks so that a step keeps to its time.
///
/// The limit shrinks in proportion when a step with a chunk took too long and doubles when a full chunk took less than
/// half the time. It never falls below a size that uses the weights well: where even that takes longer, smaller chunks
/// would only repeat the reading of the weights. It changes when results come, never what they are.
package struct StepTimeController {
    /// The least limit.
    package static let minimumChunk = 32

    private let maximum: Int
    private let target: Duration
    /// The most prompt tokens of the next step.
    package private(set) var chunkLimit: Int

    /// A controller whose first limit is the maximum.
    package init(maximum: Int, target: Duration) {
        precondition(maximum > 0, "chunks of \(maximum) tokens")
        self.maximum = maximum
        self.target = target
        chunkLimit = maximum
    }

    /// Learns from a step; steps without a chunk say nothing.
    package mutating func record(prefillTokenCount: Int, duration: Duration) {
        guard prefillTokenCount > 0, duration > .zero else { return }
        if duration > target {
            let fitting = Int(Double(min(chunkLimit, prefillTokenCount)) * (target / duration))
            chunkLimit = min(maximum, max(Self.minimumChunk, fitting / 16 * 16))
        } else if duration < target / 2, prefillTokenCount >= chunkLimit {
            chunkLimit = min(maximum, chunkLimit * 2)
        }
    }
}
