/// What one step computes: the scheduler's decision as a value.
struct SchedulerOutput {
    /// The sequences of the batch with how many tokens of each, in batch order.
    var entries: [Entry] = []
    /// The choices that get a token: which row of logits is sampled for whom.
    var samples: [Sample] = []
    /// Cache blocks to copy before anything is computed, in order.
    var blockCopies: [(from: Int32, to: Int32)] = []
    /// All tokens together.
    var tokenCount = 0
    /// Those of chunks longer than one token.
    var prefillTokenCount = 0
    /// How many rows of logits are wanted.
    var logitsCount = 0

    /// Some tokens of a sequence: those from its `computedTokenCount` on.
    struct Entry {
        let sequence: GenerationSequence
        let tokenCount: Int
        /// Whether the last of them is the last known token, whose logits are wanted.
        let wantsLogits: Bool
    }

    /// One draw.
    struct Sample {
        let sequence: GenerationSequence
        /// The row of logits; choices that have not parted share one.
        let logitsRow: Int
    }
}
