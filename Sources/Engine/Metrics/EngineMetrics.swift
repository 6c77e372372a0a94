import Synchronization

/// The engine's statistics, written by its thread and read by anyone.
final class EngineMetrics: Sendable {
    private let statistics: Mutex<EngineStatistics>

    init(maxModelLength: Int) { statistics = Mutex(EngineStatistics(maxModelLength: maxModelLength)) }

    /// A copy.
    func snapshot() -> EngineStatistics { statistics.withLock { $0 } }

    /// What holds after a step or a change of the queue.
    func recordGauges(_ scheduler: Scheduler) {
        statistics.withLock {
            $0.runningCount = scheduler.running.count
            $0.waitingCount = scheduler.waiting.count
            $0.kvCacheUsage = scheduler.kv.usage
            $0.prefixCacheQueryTokenCount = scheduler.prefixQueryTokenCount
            $0.prefixCacheHitTokenCount = scheduler.prefixHitTokenCount
            $0.preemptionCount = scheduler.preemptionCount
        }
    }

    /// A step that gave each sampled sequence a token; called before the tokens' times are moved on.
    func recordStep(_ output: SchedulerOutput, at now: ContinuousClock.Instant) {
        statistics.withLock {
            $0.iterationTokens.observe(Double(output.tokenCount))
            for sample in output.samples where !sample.sequence.request.isWarmUp {
                $0.recordToken(of: sample.sequence, at: now)
            }
        }
    }

    /// A call that was refused, if a limit of the queue is why.
    func recordRefusal(_ error: EngineError) {
        switch error {
        case .queueFull: statistics.withLock { $0.fullQueueCount += 1 }
        case .queueTokensFull: statistics.withLock { $0.fullTokenQueueCount += 1 }
        default: break
        }
    }

    /// Tokens that came without a step of their own.
    func recordForcedTokens(_ count: Int) { statistics.withLock { $0.generationTokenCount += count } }

    /// A completion that ended; `tokenCount` of its tokens count.
    func recordFinished(_ sequence: GenerationSequence, reason: FinishReason, tokenCount: Int) {
        guard !sequence.request.isWarmUp else { return }
        statistics.withLock { $0.recordFinished(sequence, reason: reason, tokenCount: tokenCount) }
    }

    /// A request whose choices have all ended.
    func recordFinished(_ request: Request) {
        guard !request.isWarmUp else { return }
        statistics.withLock {
            $0.maximumGenerationTokens.observe(Double(request.maximumOutputTokenCount))
            $0.choiceCountParameter.observe(Double(request.submitted.choiceCount))
        }
    }
}

extension EngineStatistics {
    fileprivate mutating func recordToken(of sequence: GenerationSequence, at now: ContinuousClock.Instant) {
        generationTokenCount += 1
        if let last = sequence.lastTokenTime {
            interTokenLatency.observe(now - last)
            return
        }
        timeToFirstToken.observe(now - sequence.request.arrivalTime)
        if sequence.choice == 0 {
            promptTokenCount += sequence.request.promptTokenCount
            cachedPromptTokenCount += sequence.request.cachedTokenCount
        }
    }

    fileprivate mutating func recordFinished(_ sequence: GenerationSequence, reason: FinishReason, tokenCount: Int) {
        finishedCounts[reason, default: 0] += 1
        guard let scheduled = sequence.firstScheduledTime, let first = sequence.firstTokenTime,
            let last = sequence.lastTokenTime
        else { return }
        let request = sequence.request
        endToEndLatency.observe(last - request.arrivalTime)
        queueTime.observe(scheduled - request.arrivalTime)
        prefillTime.observe(first - scheduled)
        decodeTime.observe(last - first)
        inferenceTime.observe(last - scheduled)
        if tokenCount > 1 { timePerOutputToken.observe((last - first) / (tokenCount - 1)) }
        promptTokens.observe(Double(request.promptTokenCount))
        computedPromptTokens.observe(
            Double(sequence.choice == 0 ? request.promptTokenCount - request.cachedTokenCount : 0)
        )
        preemptions.observe(Double(sequence.preemptionCount))
        generationTokens.observe(Double(tokenCount))
        maxTokensParameter.observe(Double(request.submitted.parameters.maxTokens))
    }
}
