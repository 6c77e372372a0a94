import MartletModels

/// A request's sequences and what has become of them.
///
/// `@unchecked Sendable`: everything is read and changed under the queue's lock.
final class PoolingJob: @unchecked Sendable {
    let sequences: [EncoderBatch.Sequence]
    let arrivalTime = ContinuousClock.now
    /// The first sequence that has not been in a batch.
    var next = 0
    var vectors: [[Float]]
    var finishedCount = 0
    /// Told once of the end; `nil` afterwards.
    var continuation: CheckedContinuation<[[Float]], any Error>?

    /// Whether nobody asked for it, and statistics leave it out.
    let isWarmUp: Bool

    init(_ sequences: [EncoderBatch.Sequence], isWarmUp: Bool = false) {
        self.sequences = sequences
        self.isWarmUp = isWarmUp
        vectors = Array(repeating: [], count: sequences.count)
    }
}

/// Which sequences are computed together.
///
/// Requests take turns, one sequence each, so that one with many does not hold up one with a few. A sequence that does not
/// fit any more opens the next batch.
struct PoolingQueue {
    /// A sequence of a batch.
    struct Item {
        let job: PoolingJob
        let index: Int

        var sequence: EncoderBatch.Sequence { job.sequences[index] }
    }

    /// Requests with sequences that have not been in a batch, in the order of their turns.
    private var jobs: [PoolingJob] = []
    /// The sequences that wait.
    private(set) var waitingCount = 0

    var isEmpty: Bool { jobs.isEmpty }

    mutating func append(_ job: PoolingJob) {
        jobs.append(job)
        waitingCount += job.sequences.count
    }

    /// Forgets what a request has not had computed.
    mutating func remove(_ job: PoolingJob) {
        guard let place = jobs.firstIndex(where: { $0 === job }) else { return }
        jobs.remove(at: place)
        waitingCount -= job.sequences.count - job.next
        job.next = job.sequences.count
    }

    /// Takes the sequences of the next batch.
    ///
    /// - Parameters:
    ///   - tokens: the most tokens, unless the first sequence alone has more.
    ///   - sequences: the most sequences.
    /// - Returns: the sequences; empty where none waits.
    /// - Complexity: O(sequences taken + requests).
    mutating func takeBatch(tokens: Int, sequences: Int) -> [Item] {
        var items: [Item] = []
        var tokenCount = 0
        var turn = 0
        // how many turns in a row gave nothing
        var misses = 0
        var firstMissed: PoolingJob?
        while !jobs.isEmpty, misses < jobs.count, items.count < sequences {
            if turn >= jobs.count { turn = 0 }
            let job = jobs[turn]
            let count = job.sequences[job.next].tokens.count
            guard items.isEmpty || tokenCount + count <= tokens else {
                if firstMissed == nil { firstMissed = job }
                misses += 1
                turn += 1
                continue
            }
            misses = 0
            items.append(Item(job: job, index: job.next))
            tokenCount += count
            job.next += 1
            if job.next < job.sequences.count { turn += 1 } else { jobs.remove(at: turn) }
        }
        waitingCount -= items.count
        rotate(to: firstMissed, or: turn)
        return items
    }

    /// Lets the next batch begin with the request that went empty, or with the one whose turn it is.
    private mutating func rotate(to missed: PoolingJob?, or turn: Int) {
        guard jobs.count > 1 else { return }
        let first = missed.flatMap { missed in jobs.firstIndex { $0 === missed } } ?? turn % jobs.count
        jobs = Array(jobs[first...] + jobs[..<first])
    }
}
