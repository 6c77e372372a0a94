package import MartletModels
import MartletTensors
import Synchronization

/// Computes vectors for many requests at once: token ids in, vectors out, no text.
///
/// One thread owns the model and loops: take a batch, compute, deliver. A sequence's vector has the same bits whatever else
/// is in its batch. Cancelling the task that waits for a request takes what has not been computed out of the queue.
package final class PoolingEngine: Sendable {
    /// The limits it was made with.
    package let configuration: PoolingConfiguration
    /// Token ids are below this.
    package let vocabularySize: Int
    /// Token types are below this.
    package let typeCount: Int
    /// The width of a vector.
    package let outputWidth: Int
    /// Whether it can give a vector of each token.
    package let canGiveTokens: Bool

    private let core: Core

    /// An engine over a model; `start` starts the thread.
    ///
    /// - Precondition: the model's limits hold the configuration's.
    package init(model: PoolingModel, configuration: PoolingConfiguration) {
        let limits = model.encoder.limits
        precondition(
            configuration.maxLength <= limits.maxLength && configuration.maxSequences <= limits.maxSequences
                && max(configuration.maxBatchedTokens, configuration.maxLength) <= limits.maxBatchedTokens,
            "\(configuration) exceeds \(limits)"
        )
        self.configuration = configuration
        vocabularySize = model.encoder.vocabularySize
        typeCount = model.encoder.typeCount
        outputWidth = model.outputWidth
        canGiveTokens = model.canGiveTokens
        core = Core(model: model, configuration: configuration)
    }

    deinit { core.stop() }

    /// What it has done and does; each sequence counts as a completion without tokens.
    package var statistics: EngineStatistics { core.statistics }
    /// Whether the last step has not failed, a vector has come out, and requests are taken.
    package var isReady: Bool { core.isReady }
    /// Whether a vector has come out and requests are taken, the last step failed or not.
    package var takesRequests: Bool { core.takesRequests }
    /// Sequences that have been taken on and have not ended.
    package var unfinishedCount: Int {
        let statistics = statistics
        return statistics.runningCount + statistics.waitingCount
    }

    /// Starts the thread; once is enough.
    package func start() {
        let core = core
        if core.markStarted() { SystemThread.start { core.run() } }
    }

    /// Computes one vector, so that memory is touched and the model is known to work.
    package func warmUp() async throws {
        _ = try await vectors(of: PoolingJob([EncoderBatch.Sequence(tokens: [0])], isWarmUp: true))
        core.markWarm()
    }

    /// The vectors of sequences, in their order; of those that give tokens, their tokens' one after the other.
    ///
    /// - Precondition: no sequence gives tokens unless `canGiveTokens`.
    /// - Throws: `PoolingError` where a sequence cannot be computed or the queue has no room for all; `CancellationError`
    ///   when the task is cancelled.
    package func vectors(of sequences: [EncoderBatch.Sequence]) async throws -> [[Float]] {
        guard !sequences.isEmpty else { return [] }
        for (index, sequence) in sequences.enumerated() { try check(sequence, index) }
        return try await vectors(of: PoolingJob(sequences))
    }

    private func vectors(of job: PoolingJob) async throws -> [[Float]] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { core.submit(job, $0) }
        } onCancel: {
            core.cancel(job)
        }
    }

    /// Takes no more requests and gives up those that wait; returns when the thread has ended.
    package func stop() async {
        core.stop()
        while !core.isStopped { try? await Task.sleep(for: .milliseconds(2)) }
    }

    private func check(_ sequence: EncoderBatch.Sequence, _ index: Int) throws(PoolingError) {
        let count = sequence.tokens.count
        if count == 0 { throw .emptySequence(index: index) }
        if count > configuration.maxLength {
            throw .sequenceTooLong(index: index, tokenCount: count, maximum: configuration.maxLength)
        }
        for token in sequence.tokens where token < 0 || Int(token) >= vocabularySize {
            throw .tokenOutOfVocabulary(index: index, tokenID: token, vocabularySize: vocabularySize)
        }
        for type in sequence.types where type < 0 || Int(type) >= typeCount {
            throw .typeOutOfRange(index: index, type: type, typeCount: typeCount)
        }
    }
}

/// The queue, the thread's loop and what others may know of them.
private final class Core: Sendable {
    private struct State {
        var queue = PoolingQueue()
        var statistics: EngineStatistics
        /// When the step under way began.
        var stepStart = ContinuousClock.now
        var isParked = false
        var isStarted = false
        var isStopping = false
        var isStopped = false
        var isHealthy = true
        var isWarm = false
        /// Tokens that fit into the time of a step, by the steps before.
        var tokenBudget: Int
    }

    private let model: PoolingModel
    private let configuration: PoolingConfiguration
    private let state: Mutex<State>
    private let wakeup = Wakeup()

    /// The least tokens of a step for which a batch is still efficient.
    private static let leastTokens = 128

    init(model: PoolingModel, configuration: PoolingConfiguration) {
        self.model = model
        self.configuration = configuration
        state = Mutex(
            State(
                statistics: EngineStatistics(maxModelLength: configuration.maxLength),
                tokenBudget: min(configuration.maxBatchedTokens, 4 * Self.leastTokens)
            )
        )
    }

    var statistics: EngineStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.waitingCount = state.queue.waitingCount
            return statistics
        }
    }
    var isReady: Bool { state.withLock { $0.isHealthy && $0.isWarm && !$0.isStopping } }
    var takesRequests: Bool { state.withLock { $0.isWarm && !$0.isStopping } }
    var isStopped: Bool { state.withLock { $0.isStopped || !$0.isStarted } }

    func markWarm() { state.withLock { $0.isWarm = true } }

    func markStarted() -> Bool {
        state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
    }

    func submit(_ job: PoolingJob, _ continuation: CheckedContinuation<[[Float]], any Error>) {
        let refusal: (any Error)? = state.withLock { state in
            // cancelled before it came here: `cancel` found nothing to do
            if Task.isCancelled { return CancellationError() }
            if state.isStopping { return PoolingError.shuttingDown }
            guard state.queue.waitingCount + job.sequences.count <= configuration.maxWaitingSequences else {
                state.statistics.fullQueueCount += 1
                return PoolingError.queueFull(maximum: configuration.maxWaitingSequences)
            }
            job.continuation = continuation
            state.queue.append(job)
            return nil
        }
        if let refusal { return continuation.resume(throwing: refusal) }
        wakeIfParked()
    }

    func cancel(_ job: PoolingJob) {
        let continuation = state.withLock { state in
            state.queue.remove(job)
            guard let waiting = job.takeContinuation() else { return nil as CheckedContinuation<[[Float]], any Error>? }
            state.statistics.finishedCounts[.abort, default: 0] += job.unfinishedCount
            return waiting
        }
        continuation?.resume(throwing: CancellationError())
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wakeIfParked()
    }

    private func wakeIfParked() {
        let isParked = state.withLock { state in
            defer { state.isParked = false }
            return state.isParked
        }
        if isParked { wakeup.signal() }
    }

    /// The thread: take a batch, compute, deliver.
    func run() {
        while let items = takeBatch() { deliver(compute(items), to: items) }
        refuseAll()
    }

    /// The next batch; waits for one, `nil` once the engine stops.
    private func takeBatch() -> [PoolingQueue.Item]? {
        while true {
            let items: [PoolingQueue.Item]? = state.withLock { state in
                if state.isStopping { return nil }
                let items = state.queue.takeBatch(tokens: state.tokenBudget, sequences: configuration.maxSequences)
                state.isParked = items.isEmpty
                state.statistics.runningCount = items.count
                state.stepStart = .now
                return items
            }
            guard let items else { return nil }
            if !items.isEmpty { return items }
            wakeup.wait()
        }
    }

    private func compute(_ items: [PoolingQueue.Item]) -> Result<[[Float]], PoolingError> {
        let batch = EncoderBatch(items.map(\.sequence))
        let start = ContinuousClock.now
        let result: Result<[[Float]], PoolingError>
        do throws(BackendError) {
            result = .success(try model.vectors(of: batch))
        } catch {
            result = .failure(.deviceFailure("\(error)"))
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        adapt(tokenCount: batch.tokenCount, seconds: seconds)
        return result
    }

    /// Lets a step take about its target; small ones say little and change nothing.
    private func adapt(tokenCount: Int, seconds: Double) {
        guard tokenCount >= Self.leastTokens, seconds > 0 else { return }
        let fitting = Double(tokenCount) / seconds * (configuration.targetStepTime / .seconds(1))
        state.withLock { state in
            let smoothed =
                0.75 * Double(state.tokenBudget) + 0.25 * min(fitting, Double(configuration.maxBatchedTokens))
            let least = min(Self.leastTokens, configuration.maxBatchedTokens)
            state.tokenBudget = min(max(Int(smoothed), least), configuration.maxBatchedTokens)
        }
    }

    private func deliver(_ result: Result<[[Float]], PoolingError>, to items: [PoolingQueue.Item]) {
        var ended: [(CheckedContinuation<[[Float]], any Error>, Result<[[Float]], any Error>)] = []
        state.withLock { state in
            state.statistics.runningCount = 0
            state.statistics.recordStep(of: items)
            switch result {
            case .success(let vectors):
                state.isHealthy = true
                let now = ContinuousClock.now
                for (item, vector) in zip(items, vectors) {
                    item.job.vectors[item.index] = vector
                    item.job.finishedCount += 1
                    state.statistics.recordFinished(item, stepStart: state.stepStart, at: now)
                    guard item.job.finishedCount == item.job.sequences.count else { continue }
                    if let waiting = item.job.takeContinuation() { ended.append((waiting, .success(item.job.vectors))) }
                }
            case .failure(let error):
                state.isHealthy = false
                for item in items {
                    state.queue.remove(item.job)
                    guard let waiting = item.job.takeContinuation() else { continue }
                    state.statistics.finishedCounts[.error, default: 0] += item.job.unfinishedCount
                    ended.append((waiting, .failure(error)))
                }
            }
        }
        for (continuation, result) in ended { continuation.resume(with: result) }
    }

    private func refuseAll() {
        var waiting: [CheckedContinuation<[[Float]], any Error>] = []
        state.withLock { state in
            while true {
                let items = state.queue.takeBatch(tokens: .max, sequences: .max)
                if items.isEmpty { break }
                waiting += items.compactMap { $0.job.takeContinuation() }
            }
            state.isStopped = true
        }
        for continuation in waiting { continuation.resume(throwing: PoolingError.shuttingDown) }
    }
}

extension PoolingJob {
    /// What is to be told of the end, once.
    fileprivate func takeContinuation() -> CheckedContinuation<[[Float]], any Error>? {
        defer { continuation = nil }
        return continuation
    }

    /// Sequences without a vector.
    fileprivate var unfinishedCount: Int { sequences.count - finishedCount }
}

extension EngineStatistics {
    fileprivate mutating func recordStep(of items: [PoolingQueue.Item]) {
        iterationTokens.observe(Double(items.reduce(0) { $0 + $1.sequence.tokens.count }))
    }

    /// A sequence that has its vector: it is there with the first token, and no other follows.
    fileprivate mutating func recordFinished(
        _ item: PoolingQueue.Item,
        stepStart: ContinuousClock.Instant,
        at now: ContinuousClock.Instant
    ) {
        if item.job.isWarmUp { return }
        let tokenCount = Double(item.sequence.tokens.count)
        finishedCounts[.stop, default: 0] += 1
        promptTokenCount += item.sequence.tokens.count
        timeToFirstToken.observe(now - item.job.arrivalTime)
        endToEndLatency.observe(now - item.job.arrivalTime)
        queueTime.observe(stepStart - item.job.arrivalTime)
        prefillTime.observe(now - stepStart)
        inferenceTime.observe(now - stepStart)
        decodeTime.observe(.zero)
        promptTokens.observe(tokenCount)
        computedPromptTokens.observe(tokenCount)
        generationTokens.observe(0)
        maximumGenerationTokens.observe(0)
        choiceCountParameter.observe(1)
        preemptions.observe(0)
    }
}
