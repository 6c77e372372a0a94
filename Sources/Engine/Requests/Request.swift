/// A request inside the engine: what its choices share.
///
/// Only the engine's thread touches it.
final class Request {
    let serial: UInt64
    let submitted: GenerationRequest
    let promptTokenCount: Int
    let rootHash: BlockHash
    let arrivalTime: ContinuousClock.Instant
    let isWarmUp: Bool
    private let mailbox: EventMailbox

    /// One per choice, in order.
    private(set) var sequences: [GenerationSequence] = []
    /// The choices that still run or wait.
    var unfinishedCount: Int
    /// Whether the choices have parted: choice 0 computes the prompt for all of them.
    var isForked: Bool
    /// How many prompt tokens came from the prefix cache.
    var cachedTokenCount = 0
    /// Whether a choice has ever been in the batch.
    var hasRun = false
    /// Log-probabilities of the prompt that have not been delivered.
    private var promptLogprobs: [TokenLogprobs] = []
    /// The positions of the prompt whose logits have been looked at.
    private(set) var reportedPromptCount = 0
    /// What the current step did; delivered as one event.
    var outputs: [ChoiceOutput] = []
    /// The longest completion.
    var maximumOutputTokenCount = 0

    /// The request of a submission, its choices waiting.
    init(_ submission: Submission, limits: SequenceLimits) {
        serial = submission.serial
        submitted = submission.request
        promptTokenCount = submission.promptTokenIDs.count
        rootHash = submission.rootHash
        arrivalTime = submission.arrivalTime
        isWarmUp = submission.isWarmUp
        mailbox = submission.mailbox
        unfinishedCount = submission.request.choiceCount
        isForked = submission.request.choiceCount == 1
        sequences = (0..<submission.request.choiceCount).map { choice in
            GenerationSequence(request: self, choice: choice, submission: submission, limits: limits)
        }
    }

    /// Adds the next position's.
    func add(promptLogprobs logprobs: TokenLogprobs) {
        promptLogprobs.append(logprobs)
        reportedPromptCount += 1
    }

    /// Hands the step's outputs to the caller, and ends the stream with the last choice.
    func deliver(at now: ContinuousClock.Instant) {
        if !outputs.isEmpty {
            mailbox.yield(
                GenerationEvent(
                    outputs: outputs,
                    cachedTokenCount: cachedTokenCount,
                    promptLogprobs: promptLogprobs,
                    time: now,
                    age: now - arrivalTime,
                    queueTime: (sequences.first?.firstScheduledTime ?? now) - arrivalTime
                )
            )
            outputs.removeAll(keepingCapacity: true)
            promptLogprobs = []
        }
        if unfinishedCount == 0 { mailbox.finish() }
    }
}

/// What the engine's configuration says about every sequence.
struct SequenceLimits {
    let maxModelLength: Int
    let vocabularySize: Int
    let usesPriority: Bool
}
