/// Decides what each step computes.
///
/// One rule: every sequence has tokens that are known and tokens that are computed, and each step hands out a budget of
/// tokens so that the computed catch up with the known. Chunked prefill, prefix hits and preemption by recomputation are
/// this one arithmetic; there is no prefill phase and no decode phase.
///
/// 1. Sequences that lack one token, in order: the streams that run are never held up. Where the cache is full, the last
///    sequence in the order gives its blocks back and is computed anew later.
/// 2. Running sequences that lack more, in order, in chunks.
/// 3. Waiting sequences, in order, as long as there are seats and the blocks for all their known tokens. The first that
///    does not fit holds up those behind it, so none starves.
///
/// It decides when tokens are computed, never what they are. Only the engine's thread touches it.
final class Scheduler {
    private let maxSequences: Int
    private let maxBatchedTokens: Int
    /// Cuts prompts into chunks.
    var stepTime: StepTimeController
    private(set) var kv: KVCacheManager
    /// In the order in which they are served; at most `maxBatchedTokens`, so each can get a token in each step.
    private(set) var running: [GenerationSequence] = []
    private(set) var waiting = WaitingQueue()
    /// Places taken in the batch.
    private(set) var seatCount = 0
    /// Rows of logits that no sequence of this step has a right to.
    private var spareRowCount = 0
    /// Preemptions so far.
    private(set) var preemptionCount = 0
    /// Prompt tokens looked up in the prefix cache so far, and those found.
    private(set) var prefixQueryTokenCount = 0
    private(set) var prefixHitTokenCount = 0

    init(maxSequences: Int, maxBatchedTokens: Int, stepTime: StepTimeController, kv: KVCacheManager) {
        self.maxSequences = min(maxSequences, maxBatchedTokens)
        self.maxBatchedTokens = maxBatchedTokens
        self.stepTime = stepTime
        self.kv = kv
    }

    /// Lets no prompt find what was computed before.
    func forgetPrefixes() { kv.forgetPrefixes() }

    /// Whether a step would do anything.
    var hasWork: Bool { !running.isEmpty || !waiting.isEmpty }

    /// Queues a new request.
    func add(_ request: Request) { waiting.insert(request.sequences[0]) }

    /// The next step, its blocks allocated.
    func schedule() -> SchedulerOutput {
        let preemptionsBefore = preemptionCount
        for sequence in running { sequence.scheduledTokenCount = 0 }
        var budget = maxBatchedTokens
        let decodeCount = scheduleDecodes()
        let promptCount = running.count - decodeCount + max(0, min(waiting.count, maxSequences - seatCount))
        spareRowCount = maxSequences - seatCount
        budget = min(budget - decodeCount, stepTime.chunkLimit(besides: decodeCount, prompts: promptCount))
        budget -= schedulePrefills(budget)
        if preemptionCount == preemptionsBefore { admitWaiting(budget) }
        return makeOutput()
    }

    private func scheduleDecodes() -> Int {
        var tokenCount = 0
        var index = 0
        // preemption shortens `running` at its end
        while index < running.count {
            let sequence = running[index]
            index += 1
            guard sequence.isDecoding else { continue }
            while sequence.status == .running, !kv.allocate(sequence) { preemptLast() }
            guard sequence.status == .running else { break }
            sequence.scheduledTokenCount = 1
            tokenCount += 1
        }
        return tokenCount
    }

    private func schedulePrefills(_ budget: Int) -> Int {
        var left = budget
        var index = 0
        // preemption shortens `running` at its end
        while index < running.count, left > 0 {
            let sequence = running[index]
            index += 1
            guard !sequence.isDecoding else { continue }
            // a prompt has its blocks; tokens that a grammar forced do not
            while sequence.status == .running, !kv.allocate(sequence) { preemptLast() }
            guard sequence.status == .running else { break }
            scheduleChunk(of: sequence, &left)
        }
        return budget - left
    }

    /// Gives a sequence as much of the budget as it can use; positions of a prompt whose logits are wanted want a row each.
    private func scheduleChunk(of sequence: GenerationSequence, _ left: inout Int) {
        func rowCount(_ count: Int) -> Int {
            sequence.promptRows(next: count).count + (count == sequence.pendingTokenCount ? 1 : 0)
        }
        var count = min(sequence.pendingTokenCount, left)
        // one row is the sequence's own
        count -= max(0, rowCount(count) - 1 - spareRowCount)
        spareRowCount -= max(0, rowCount(count) - 1)
        sequence.scheduledTokenCount = count
        left -= count
    }

    private func admitWaiting(_ budget: Int) {
        var left = budget
        while left > 0, let sequence = waiting.first, sequence.seatCount <= spareRowCount, kv.admit(sequence) {
            _ = waiting.removeFirst()
            if !sequence.request.hasRun { countPrefixLookup(sequence) }
            insertRunning(sequence)
            spareRowCount -= sequence.seatCount
            scheduleChunk(of: sequence, &left)
        }
    }

    private func makeOutput() -> SchedulerOutput {
        var output = SchedulerOutput()
        output.entries.reserveCapacity(running.count)
        output.samples.reserveCapacity(running.count)
        for sequence in running where sequence.scheduledTokenCount > 0 {
            let wantsLogits = sequence.scheduledTokenCount == sequence.pendingTokenCount
            let promptRows = sequence.promptRows(next: sequence.scheduledTokenCount)
            output.entries.append(
                .init(
                    sequence: sequence,
                    tokenCount: sequence.scheduledTokenCount,
                    wantsLogits: wantsLogits,
                    promptRows: promptRows
                )
            )
            for place in promptRows {
                let target = sequence.tokenIDs[place + 1]
                output.promptRows.append(
                    .init(request: sequence.request, logitsRow: output.logitsCount, tokenID: target)
                )
                output.logitsCount += 1
            }
            output.tokenCount += sequence.scheduledTokenCount
            if sequence.scheduledTokenCount > 1 { output.prefillTokenCount += sequence.scheduledTokenCount }
            guard wantsLogits else { continue }
            // choices that have not parted draw from the one row
            let choices = sequence.request.isForked ? [sequence] : sequence.request.sequences
            for choice in choices where !choice.status.isFinished {
                output.samples.append(.init(sequence: choice, logitsRow: output.logitsCount))
            }
            output.logitsCount += 1
        }
        output.blockCopies = kv.takePendingCopies()
        return output
    }
}

extension Scheduler {
    /// Takes the step's tokens as computed; called before the sampled tokens are appended.
    func markComputed(_ output: SchedulerOutput) {
        for entry in output.entries {
            entry.sequence.computedTokenCount += entry.tokenCount
            kv.registerFullBlocks(of: entry.sequence)
        }
    }

    /// Lets the choices of a request go their own ways: each gets the prompt's blocks and a place in the batch.
    ///
    /// Called when the first tokens have been drawn, before any of the choices is removed. A choice for which there is no
    /// block is queued and computes the prompt again.
    func fork(_ request: Request) {
        let leader = request.sequences[0]
        seatCount -= leader.seatCount
        request.isForked = true
        seatCount += leader.seatCount
        for choice in request.sequences.dropFirst() where choice.status == .pendingFork {
            if seatCount < maxSequences, kv.fork(leader, to: choice) {
                insertRunning(choice)
            } else {
                choice.status = .preempted
                waiting.insert(choice)
            }
        }
    }

    /// Takes a sequence out of the engine, wherever it is; its blocks are free at once.
    func remove(_ sequence: GenerationSequence, reason: FinishReason) {
        switch sequence.status {
        case .running:
            running.removeAll { $0 === sequence }
            seatCount -= sequence.seatCount
            kv.free(sequence)
        case .waiting, .preempted:
            waiting.remove(sequence)
        case .pendingFork, .finished:
            break
        }
        sequence.status = .finished(reason)
    }

    private func insertRunning(_ sequence: GenerationSequence) {
        sequence.status = .running
        sequence.request.hasRun = true
        seatCount += sequence.seatCount
        var index = running.count
        while index > 0, sequence.key < running[index - 1].key { index -= 1 }
        running.insert(sequence, at: index)
    }

    private func preemptLast() {
        let victim = running.removeLast()
        seatCount -= victim.seatCount
        kv.free(victim)
        victim.scheduledTokenCount = 0
        victim.status = .preempted
        victim.preemptionCount += 1
        waiting.insert(victim)
        preemptionCount += 1
    }

    private func countPrefixLookup(_ sequence: GenerationSequence) {
        guard kv.isPrefixCachingEnabled, !sequence.request.isWarmUp else { return }
        sequence.request.cachedTokenCount = sequence.computedTokenCount
        prefixQueryTokenCount += sequence.request.promptTokenCount
        prefixHitTokenCount += sequence.computedTokenCount
    }
}
