/// What one step computes: the scheduler's decision as a value.
struct SchedulerOutput {
    /// The sequences of the batch with how many tokens of each, in batch order.
    var entries: [Entry] = []
    /// The choices that get a token: which row of logits is sampled for whom.
    var samples: [Sample] = []
    /// The positions of prompts whose logits are wanted.
    var promptRows: [PromptRow] = []
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
        /// Those of them whose logits say how likely the prompt is: places among the sequence's tokens.
        let promptRows: Range<Int>
    }

    /// One position of a prompt.
    struct PromptRow {
        let request: Request
        /// The row of logits.
        let logitsRow: Int
        /// The prompt's next token.
        let tokenID: Int32
    }

    /// One draw.
    struct Sample {
        let sequence: GenerationSequence
        /// The row of logits; choices that have not parted share one.
        let logitsRow: Int
    }
}
