import MartletTokenizers

/// One choice of a request: its tokens, how far they are computed, and the cache blocks that hold them.
///
/// Only the engine's thread touches it.
final class GenerationSequence {
    /// The request lives in the engine's table at least as long as its sequences run.
    unowned let request: Request
    let choice: Int
    let key: SchedulingKey
    /// The most tokens of the completion, the end of the context included.
    let maxOutputTokens: Int

    /// Prompt and completion.
    private(set) var tokenIDs: [Int32]
    /// Tokens whose keys and values are in the cache.
    var computedTokenCount = 0
    /// Tokens of the current step.
    var scheduledTokenCount = 0
    var status: RequestStatus
    /// How often its blocks were given to others.
    var preemptionCount = 0
    /// Block `i` holds the tokens `i × blockSize ..< (i + 1) × blockSize`.
    var blockTable: [BlockID] = []
    /// Hashes of the leading full blocks.
    var blockHashes: [BlockHash]
    /// How many leading blocks the prefix cache knows or has been told of.
    var registeredBlockCount = 0
    var sampling: SamplingState

    var firstScheduledTime: ContinuousClock.Instant?
    var firstTokenTime: ContinuousClock.Instant?
    var lastTokenTime: ContinuousClock.Instant?

    init(request: Request, choice: Int, submission: Submission, limits: SequenceLimits) {
        self.request = request
        self.choice = choice
        let submitted = submission.request
        key = SchedulingKey(
            priority: limits.usesPriority ? submitted.priority : 0,
            arrival: submission.serial,
            choice: choice
        )
        let room = limits.maxModelLength - submission.promptTokenIDs.count
        maxOutputTokens = max(1, min(submitted.parameters.maxTokens, room))
        tokenIDs = submission.promptTokenIDs
        blockHashes = submission.blockHashes
        status = choice == 0 ? .waiting : .pendingFork
        sampling = SamplingState(
            submitted,
            promptTokenIDs: submission.promptTokenIDs,
            seed: submission.seed &+ UInt64(choice),
            vocabularySize: limits.vocabularySize
        )
    }

    /// The tokens whose keys and values are not in the cache.
    var pendingTokenCount: Int { tokenIDs.count - computedTokenCount }
    /// Whether one more token is all that is missing.
    var isDecoding: Bool { pendingTokenCount == 1 }
    /// The length of the completion.
    var outputTokenCount: Int { tokenIDs.count - request.promptTokenCount }
    /// The completion.
    var outputTokenIDs: ArraySlice<Int32> { tokenIDs[request.promptTokenCount...] }
    /// Places in the batch: choice 0 holds those of all choices until they part.
    var seatCount: Int { request.isForked ? 1 : request.submitted.choiceCount }

    /// Of the next tokens, those whose logits say how likely the prompt is: places in `tokenIDs`.
    func promptRows(next tokenCount: Int) -> Range<Int> {
        guard request.submitted.parameters.promptLogprobs != nil, choice == 0 else { return 0..<0 }
        let end = min(computedTokenCount + tokenCount, request.promptTokenCount - 1)
        let start = max(computedTokenCount, request.reportedPromptCount)
        return start < end ? start..<end : 0..<0
    }

    /// The next token, where it does not depend on logits.
    var forcedToken: Int32? { sampling.forcedToken(outputTokenCount: outputTokenCount) }

    /// Adds a generated token.
    func append(_ token: Int32) {
        tokenIDs.append(token)
        sampling.record(token)
    }
}
