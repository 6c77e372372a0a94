import MartletGrammars
import MartletTensors
import MartletTokenizers

/// The engine's state and its loop.
///
/// `@unchecked Sendable`: one thread makes it and hands it to the engine's thread, which alone uses it from then on; all
/// that others want goes through the inbox and the metrics.
final class EngineCore: @unchecked Sendable {
    private let inbox: EngineInbox
    private let metrics: EngineMetrics
    private let runner: ModelRunner
    private let limits: SequenceLimits
    private let observer: @Sendable (EngineIncident) -> Void
    private let clock = ContinuousClock()
    private let scheduler: Scheduler
    private let sampler: Sampler
    private let maskWorker = MaskWorker()
    private var requests: [UInt64: Request] = [:]
    /// Requests with outputs to deliver.
    private var changed: [Request] = []
    private var lastStepFailed = false

    /// The most tokens that a choice gets in a step: the sampled one and those that follow whatever the logits are.
    private static let tokenLimit = 16

    init(
        inbox: EngineInbox,
        metrics: EngineMetrics,
        runner: ModelRunner,
        sampler: Sampler,
        scheduler: Scheduler,
        settings: (limits: SequenceLimits, observer: @Sendable (EngineIncident) -> Void)
    ) {
        self.inbox = inbox
        self.metrics = metrics
        self.runner = runner
        self.sampler = sampler
        self.scheduler = scheduler
        limits = settings.limits
        observer = settings.observer
    }

    deinit { maskWorker.stop() }

    /// Runs until the inbox says stop; then every request ends.
    func run() {
        while turn(mayWait: true) {}
        abortAll()
        metrics.recordGauges(scheduler)
        inbox.markStopped()
    }

    /// Reads the inbox and computes a step, if there is one to compute; `false` when it is to stop.
    func turn(mayWait: Bool) -> Bool {
        let mail = inbox.take(mayWait: mayWait && !scheduler.hasWork)
        for message in mail.messages { handle(message) }
        guard !mail.isStopping else { return false }
        if scheduler.hasWork { step() }
        metrics.recordGauges(scheduler)
        return true
    }

    /// What is wrong with the state between two steps; empty where nothing is.
    func violations() -> [String] {
        scheduler.violations()
            + requests.values.flatMap { request in
                let unfinished = request.sequences.count { !$0.status.isFinished }
                return unfinished == request.unfinishedCount && unfinished > 0
                    ? [] : ["\(request.submitted.id) has \(unfinished) choices left, not \(request.unfinishedCount)"]
            }
    }

    /// Computes one token for each sequence that is ready for one, and a chunk of prompts.
    private func step() {
        let start = clock.now
        let output = scheduler.schedule()
        markScheduled(output, at: start)
        do throws(BackendError) {
            let constrained = beginMasks(output)
            let result = Result { () throws(BackendError) in try runner.execute(output) }
            finishMasks(constrained)
            let logits = try result.get()
            let prompts = sampler.promptLogprobs(output.promptRows, logits: logits)
            for (row, logprobs) in zip(output.promptRows, prompts) { row.request.add(promptLogprobs: logprobs) }
            let tokens = sampler.sample(output.samples, logits: logits)
            update(output, tokens)
            markHealthy()
        } catch {
            failBatch(output, error)
        }
        deliver()
        scheduler.stepTime.record(
            decodeCount: output.tokenCount - output.prefillTokenCount,
            prefillTokenCount: output.prefillTokenCount,
            duration: clock.now - start
        )
    }
}

// MARK: - Masks

extension EngineCore {
    /// Has the masks of constrained choices computed from now on; returns the choices.
    private func beginMasks(_ output: SchedulerOutput) -> [GenerationSequence] {
        var sequences: [GenerationSequence] = []
        var tasks: [MaskWorker.Task] = []
        for sample in output.samples {
            guard let task = sample.sequence.sampling.maskTask else { continue }
            sequences.append(sample.sequence)
            tasks.append(task)
        }
        if !tasks.isEmpty { maskWorker.begin(tasks) }
        return sequences
    }

    private func finishMasks(_ sequences: [GenerationSequence]) {
        guard !sequences.isEmpty else { return }
        for (sequence, mask) in zip(sequences, maskWorker.finish()) { sequence.sampling.mask = mask }
    }
}

// MARK: - After a step

extension EngineCore {
    private func markScheduled(_ output: SchedulerOutput, at now: ContinuousClock.Instant) {
        var (newCount, newTokenCount) = (0, 0)
        for entry in output.entries where entry.sequence.firstScheduledTime == nil {
            if entry.sequence.choice == 0 {
                newCount += 1
                newTokenCount += entry.sequence.request.submitted.promptTokenIDs.count
            }
            // choices that have not parted are computed together
            for sequence in entry.sequence.request.sequences where sequence.firstScheduledTime == nil {
                sequence.firstScheduledTime = now
            }
        }
        if newCount > 0 { inbox.markScheduled(count: newCount, tokenCount: newTokenCount) }
    }

    private func update(_ output: SchedulerOutput, _ tokens: [Result<GeneratedToken, SamplingError>]) {
        let now = clock.now
        scheduler.markComputed(output)
        metrics.recordStep(output, at: now)
        var ended: [(sequence: GenerationSequence, reason: FinishReason)] = []
        for (sample, token) in zip(output.samples, tokens) {
            if let reason = record(token, for: sample.sequence, at: now) { ended.append((sample.sequence, reason)) }
        }
        // choices that ended with their first token need no blocks; the others take the prompt's before it is given up
        for (sequence, reason) in ended where sequence.status == .pendingFork { finish(sequence, reason) }
        for sample in output.samples where sample.sequence.choice == 0 && !sample.sequence.request.isForked {
            scheduler.fork(sample.sequence.request)
        }
        for (sequence, reason) in ended where !sequence.status.isFinished { finish(sequence, reason) }
    }

    /// Adds the token to its sequence and to the step's outputs; says why the sequence ends with it, if it does.
    private func record(
        _ result: Result<GeneratedToken, SamplingError>,
        for sequence: GenerationSequence,
        at now: ContinuousClock.Instant
    ) -> FinishReason? {
        let request = sequence.request
        switch result {
        case .success(let token):
            sequence.append(token.id.rawValue)
            if sequence.firstTokenTime == nil { sequence.firstTokenTime = now }
            sequence.lastTokenTime = now
            var end = sequence.finishReasonAfterLastToken()
            var tokens = [token]
            while end == nil, tokens.count < Self.tokenLimit, let forced = sequence.forcedToken {
                sequence.append(forced)
                tokens.append(GeneratedToken(id: TokenID(rawValue: forced)))
                end = sequence.finishReasonAfterLastToken()
            }
            if tokens.count > 1 { metrics.recordForcedTokens(tokens.count - 1) }
            emit(
                ChoiceOutput(
                    choice: sequence.choice,
                    tokens: tokens,
                    finishReason: end?.reason,
                    stopTokenID: end?.stopTokenID
                ),
                for: request
            )
            return end?.reason
        case .failure(let error):
            observer(.samplingFailed(request.submitted.id, choice: sequence.choice, error))
            emit(ChoiceOutput(choice: sequence.choice, tokens: [], finishReason: .error), for: request)
            return .error
        }
    }

    private func failBatch(_ output: SchedulerOutput, _ error: BackendError) {
        var failed: [Request] = []
        for entry in output.entries where !failed.contains(where: { $0 === entry.sequence.request }) {
            failed.append(entry.sequence.request)
        }
        for request in failed { end(request, .error) }
        inbox.setHealthy(false)
        // once per run of failures
        if !lastStepFailed { observer(.stepFailed(error, requestCount: failed.count)) }
        lastStepFailed = true
    }

    /// A step has succeeded: what failed before was passing.
    private func markHealthy() {
        guard lastStepFailed else { return }
        lastStepFailed = false
        inbox.setHealthy(true)
    }

    private func emit(_ output: ChoiceOutput, for request: Request) {
        if request.outputs.isEmpty { changed.append(request) }
        request.outputs.append(output)
    }

    private func deliver() {
        guard !changed.isEmpty else { return }
        let now = clock.now
        for request in changed { request.deliver(at: now) }
        changed.removeAll(keepingCapacity: true)
    }
}

// MARK: - The end of requests

extension EngineCore {
    private func handle(_ message: EngineInbox.Message) {
        switch message {
        case .submit(let submission):
            let request = Request(submission, limits: limits)
            requests[request.serial] = request
            scheduler.add(request)
        case .abort(let serial):
            if let request = requests[serial] { end(request, .abort) }
        case .finish(let serial, let choice, let tokenCount):
            finishByCaller(serial, choice: choice, tokenCount: tokenCount)
        case .abortAll:
            abortAll()
        case .forgetPrefixes:
            scheduler.forgetPrefixes()
        }
        deliver()
    }

    private func finishByCaller(_ serial: UInt64, choice: Int, tokenCount: Int?) {
        guard let request = requests[serial], request.sequences.indices.contains(choice) else { return }
        let sequence = request.sequences[choice]
        // a choice without tokens has no stop string
        guard !sequence.status.isFinished, sequence.outputTokenCount > 0 else { return }
        finish(sequence, .stop, tokenCount: tokenCount)
        if request.unfinishedCount == 0 { request.deliver(at: clock.now) }
    }

    private func abortAll() {
        for request in requests.values.sorted(by: { $0.serial < $1.serial }) { end(request, .abort) }
        deliver()
    }

    /// Ends all choices that have not ended.
    private func end(_ request: Request, _ reason: FinishReason) {
        for sequence in request.sequences where !sequence.status.isFinished {
            emit(ChoiceOutput(choice: sequence.choice, tokens: [], finishReason: reason), for: request)
            finish(sequence, reason)
        }
    }

    /// Takes a sequence out; with the last one the request is over.
    private func finish(_ sequence: GenerationSequence, _ reason: FinishReason, tokenCount: Int? = nil) {
        let request = sequence.request
        let counted = min(tokenCount ?? sequence.outputTokenCount, sequence.outputTokenCount)
        scheduler.remove(sequence, reason: reason)
        metrics.recordFinished(sequence, reason: reason, tokenCount: counted)
        request.maximumOutputTokenCount = max(request.maximumOutputTokenCount, counted)
        request.unfinishedCount -= 1
        guard request.unfinishedCount == 0 else { return }
        metrics.recordFinished(request)
        requests[request.serial] = nil
        inbox.markFinished(request)
    }
}
