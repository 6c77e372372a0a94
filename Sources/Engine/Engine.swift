package import MartletModels
package import MartletTensors
import MartletTokenizers

/// Generates tokens for many requests at once: token ids in, token ids out, no text.
///
/// One thread owns all state and loops: schedule, execute, sample, update, deliver. Requests, aborts and finishes go into
/// an inbox that it empties between two steps, so they take effect within one step. What a request gets does not depend
/// on the other requests, on chunking, prefix hits, preemption or arrival.
///
/// Read `EngineCore` for the loop, `Scheduler` for the one rule, `Sampler` for how a token is chosen.
package final class Engine: Sendable {
    /// The limits it was made with.
    package let configuration: EngineConfiguration
    /// The number of tokens of the model.
    package let vocabularySize: Int

    let core: EngineCore
    let inbox: EngineInbox
    private let metrics: EngineMetrics
    private let hasher: BlockHasher

    /// Allocates the cache and the batch; `start` starts the thread.
    ///
    /// - Parameters:
    ///   - model: made for at least the configuration's limits.
    ///   - backend: where the model computes; used by the engine's thread alone from now on.
    ///   - configuration: the limits.
    ///   - observer: called on the engine's thread; must return at once.
    /// - Throws: `EngineError` where the limits contradict each other or the model's, or memory is missing.
    package init(
        model: any LanguageModel,
        backend: any Backend,
        configuration: EngineConfiguration,
        observer: @escaping @Sendable (EngineIncident) -> Void = { _ in }
    ) throws(EngineError) {
        try configuration.check(model.limits)
        self.configuration = configuration
        vocabularySize = model.vocabularySize
        inbox = EngineInbox(
            maxWaitingRequests: configuration.maxWaitingRequests,
            maxWaitingTokens: configuration.maxWaitingTokens
        )
        metrics = EngineMetrics(maxModelLength: configuration.maxModelLength)
        hasher = BlockHasher(blockSize: configuration.blockSize)
        let runner: ModelRunner
        do throws(BackendError) {
            runner = try ModelRunner(model: model, backend: backend, configuration: configuration)
        } catch {
            throw EngineError(error)
        }
        let scheduler = Scheduler(
            maxSequences: configuration.maxSequences,
            maxBatchedTokens: configuration.maxBatchedTokens,
            stepTime: StepTimeController(
                maximum: configuration.maxPrefillTokens,
                target: configuration.targetStepTime
            ),
            kv: KVCacheManager(
                blockCount: configuration.blockCount,
                blockSize: configuration.blockSize,
                isPrefixCachingEnabled: configuration.isPrefixCachingEnabled,
                hasher: hasher
            )
        )
        let limits = SequenceLimits(
            maxModelLength: configuration.maxModelLength,
            vocabularySize: model.vocabularySize,
            usesPriority: configuration.schedulingPolicy == .priority
        )
        core = EngineCore(
            inbox: inbox,
            metrics: metrics,
            runner: runner,
            sampler: Sampler(backend: backend),
            scheduler: scheduler,
            settings: (limits, observer)
        )
    }

    deinit { inbox.requestStop() }

    /// What it has done and does.
    package var statistics: EngineStatistics { metrics.snapshot() }
    /// Whether the last step has not failed.
    package var isHealthy: Bool { inbox.isHealthy }
    /// Whether it is healthy, has generated a token, and takes requests.
    package var isReady: Bool { inbox.isReady }
    /// Whether it has generated a token and takes requests, healthy or not: a step that succeeds shows that it works again.
    package var takesRequests: Bool { inbox.takesRequests }
    /// Requests that have been taken on and have not ended.
    package var unfinishedRequestCount: Int { inbox.unfinishedCount }
    /// Requests that have been taken on and have not been in a batch yet.
    package var waitingRequestCount: Int { inbox.waitingCount }

    /// Starts the thread; once is enough.
    package func start() {
        guard inbox.markStarted() else { return }
        let core = core
        SystemThread.start { core.run() }
    }

    /// Takes a request on.
    ///
    /// The stream gets one event per step in which a choice got a token or ended, and ends with the last choice. Dropping
    /// the stream, or cancelling the task that reads it, aborts the request.
    ///
    /// - Throws: `EngineError` where the request cannot be met or the queue is full; the caller's mistakes first.
    /// - Complexity: O(prompt), for the checks and the prefix cache's hashes, on the calling thread.
    package func submit(_ request: GenerationRequest) throws(EngineError) -> GenerationEvents {
        try submit([request], isWarmUp: false)[0]
    }

    /// Takes requests on, all or none: the engine knows of all of them before it schedules one.
    ///
    /// - Returns: their streams in the order of the requests, as `submit(_:)` gives them.
    /// - Throws: `EngineError` where one of them cannot be met or the queue has no room for all.
    /// - Complexity: O(prompts), on the calling thread.
    package func submit(_ requests: [GenerationRequest]) throws(EngineError) -> [GenerationEvents] {
        try submit(requests, isWarmUp: false)
    }

    /// Ends a request; its stream gets an event with the reason `abort` for each choice that has not ended.
    package func abort(_ id: RequestID) {
        inbox.post(id) { .abort(serial: $0) }
    }

    /// Ends a choice whose text has reached a stop string: it counts as stopped, and no event comes for it any more.
    ///
    /// - Parameters:
    ///   - id: the request.
    ///   - choice: the choice, from 0.
    ///   - tokenCount: how many of its tokens count in the statistics, `nil` for all that were generated.
    package func finish(_ id: RequestID, choice: Int, tokenCount: Int? = nil) {
        inbox.post(id) { .finish(serial: $0, choice: choice, tokenCount: tokenCount) }
    }
}

extension Engine {
    /// Ends all requests under way with the reason `abort`; later ones are taken on.
    package func abortAll() { inbox.post(.abortAll) }

    /// Empties the prefix cache: no later request finds what was computed before.
    package func resetPrefixCache() { inbox.post(.forgetPrefixes) }

    private func submit(
        _ requests: [GenerationRequest],
        isWarmUp: Bool
    ) throws(EngineError) -> [GenerationEvents] {
        for request in requests { try request.check(configuration, vocabularySize: vocabularySize) }
        let ids = requests.map(\.id)
        try countingRefusals { () throws(EngineError) in try inbox.checkAdmission(ids) }
        let mailboxes = requests.map { _ in EventMailbox() }
        let events = mailboxes.map { GenerationEvents(mailbox: $0) }
        let makers = zip(requests, mailboxes).map { submission(of: $0, mailbox: $1, isWarmUp: isWarmUp) }
        try countingRefusals { () throws(EngineError) in
            try inbox.submit(
                zip(ids, makers).map { ($0, $1) },
                tokenCount: requests.reduce(0) { $0 + $1.promptTokenIDs.count }
            )
        }
        return events
    }

    private func countingRefusals(_ body: () throws(EngineError) -> Void) throws(EngineError) {
        do { try body() } catch {
            metrics.recordRefusal(error)
            throw error
        }
    }

    /// What the engine's thread needs of a request, but for its number: that much is done before the inbox is locked.
    private func submission(
        of request: GenerationRequest,
        mailbox: EventMailbox,
        isWarmUp: Bool
    ) -> (UInt64) -> Submission {
        let promptTokenIDs = request.promptTokenIDs.map(\.rawValue)
        let root = hasher.root(salt: request.cacheSalt)
        var hashes: [BlockHash] = []
        if configuration.isPrefixCachingEnabled {
            hasher.extend(&hashes, tokenIDs: promptTokenIDs, tokenCount: promptTokenIDs.count, root: root)
        }
        return { [inbox, configuration] serial in
            // called under the inbox's lock only where the reader is gone already, which it cannot be here
            mailbox.onCancel { inbox.post(.abort(serial: serial)) }
            let seed =
                request.parameters.seed.map { UInt64(bitPattern: $0) }
                ?? CounterRandom.bits(key: configuration.seed, counter: serial)
            return Submission(
                serial: serial,
                request: request,
                promptTokenIDs: promptTokenIDs,
                blockHashes: hashes,
                rootHash: root,
                seed: seed,
                arrivalTime: .now,
                mailbox: mailbox,
                isWarmUp: isWarmUp
            )
        }
    }
}

extension Engine {
    /// Generates one token, so that memory is touched and the model is known to work; from then on it is ready.
    package func warmUp() async throws(EngineError) {
        var parameters = SamplingParameters()
        parameters.temperature = 0
        parameters.maxTokens = 1
        parameters.ignoreEOS = true
        let request = GenerationRequest(id: RequestID("warm-up"), promptTokenIDs: [0], parameters: parameters)
        var tokenCount = 0
        for await event in try submit([request], isWarmUp: true)[0] {
            for output in event.outputs { tokenCount += output.tokens.count }
        }
        guard tokenCount == 1 else { throw .warmUpFailed }
        inbox.markWarm()
    }

    /// Takes no more requests and waits for those under way; what is not done in time is aborted.
    ///
    /// - Returns: whether all were done in time.
    @discardableResult
    package func drain(timeout: Duration) async -> Bool {
        inbox.stopAccepting()
        let isDone = await waitUntil(deadline: .now + timeout) { $0.unfinishedCount == 0 }
        if !isDone { inbox.post(.abortAll) }
        return isDone
    }

    /// Ends the thread after its step and returns when it has ended; what is under way is aborted.
    package func stop() async {
        inbox.requestStop()
        start()
        _ = await waitUntil(deadline: nil) { $0.isStopped }
    }

    private func waitUntil(
        deadline: ContinuousClock.Instant?,
        _ condition: (EngineInbox) -> Bool
    ) async -> Bool {
        var interval = Duration.milliseconds(1)
        while !condition(inbox) {
            if let deadline, .now >= deadline { return false }
            // a cancelled task still waits, but without sleep it would spin: it gives up
            guard (try? await Task.sleep(for: interval)) != nil else { return false }
            interval = min(interval * 2, .milliseconds(20))
        }
        return true
    }
}
