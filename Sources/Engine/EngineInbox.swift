import Synchronization

/// What other threads tell the engine's; also what they have to know of it at once.
///
/// Messages are taken in order between two steps. The engine sleeps here when it has nothing to do.
final class EngineInbox: Sendable {
    enum Message: Sendable {
        case submit(Submission)
        case abort(serial: UInt64)
        /// A stop string was found: `tokenCount` of the choice's tokens count, `nil` for all.
        case finish(serial: UInt64, choice: Int, tokenCount: Int?)
        case abortAll
        case forgetPrefixes
    }

    /// What the engine's thread takes.
    struct Mail {
        var messages: [Message]
        var isStopping: Bool
    }

    private struct State {
        var messages: [Message] = []
        var serials: [RequestID: UInt64] = [:]
        var nextSerial: UInt64 = 0
        /// Requests that were taken on and have not been in a batch yet.
        var waitingCount = 0
        /// The tokens of their prompts.
        var waitingTokenCount = 0
        var isParked = false
        var isAccepting = true
        var isStarted = false
        var isStopping = false
        var isStopped = false
        var isHealthy = true
        var isWarm = false
    }

    private let maxWaitingRequests: Int
    private let maxWaitingTokens: Int?
    private let state = Mutex(State())
    private let wakeup = Wakeup()

    init(maxWaitingRequests: Int, maxWaitingTokens: Int? = nil) {
        self.maxWaitingRequests = maxWaitingRequests
        self.maxWaitingTokens = maxWaitingTokens
    }

    var isHealthy: Bool { state.withLock { $0.isHealthy } }
    var takesRequests: Bool { state.withLock { $0.isWarm && $0.isAccepting } }
    var isReady: Bool { state.withLock { $0.isHealthy && $0.isWarm && $0.isAccepting } }
    var isStarted: Bool { state.withLock { $0.isStarted } }
    var isStopped: Bool { state.withLock { $0.isStopped } }
    var unfinishedCount: Int { state.withLock { $0.serials.count } }
    var waitingCount: Int { state.withLock { $0.waitingCount } }

    func markWarm() { state.withLock { $0.isWarm = true } }
    func setHealthy(_ isHealthy: Bool) { state.withLock { $0.isHealthy = isHealthy } }
    func stopAccepting() { state.withLock { $0.isAccepting = false } }

    /// Whether the thread is to be started: true once.
    func markStarted() -> Bool {
        state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
    }
}

extension EngineInbox {
    /// Takes requests on, all or none, with a number made for each, or says why not.
    ///
    /// `tokenCount` are the tokens of their prompts.
    func submit(
        _ requests: [(id: RequestID, make: (UInt64) -> Submission)],
        tokenCount: Int
    ) throws(EngineError) {
        let outcome: Result<Bool, EngineError> = state.withLock { state in
            if let refusal = refusal(of: requests.map(\.id), state) { return .failure(refusal) }
            if let refusal = refusal(tokenCount: tokenCount, state) { return .failure(refusal) }
            state.waitingTokenCount += tokenCount
            for (id, make) in requests {
                let serial = state.nextSerial
                state.nextSerial += 1
                state.serials[id] = serial
                state.waitingCount += 1
                state.messages.append(.submit(make(serial)))
            }
            return .success(Self.unpark(&state))
        }
        if try outcome.get() { wakeup.signal() }
    }

    /// Whether requests of those names would be taken on; it may be different a moment later.
    func checkAdmission(_ ids: [RequestID]) throws(EngineError) {
        if let refusal = state.withLock({ refusal(of: ids, $0) }) { throw refusal }
    }

    private func refusal(of ids: [RequestID], _ state: State) -> EngineError? {
        guard state.isAccepting else { return .shuttingDown }
        var seen = Set<RequestID>(minimumCapacity: ids.count)
        for id in ids where state.serials[id] != nil || !seen.insert(id).inserted { return .duplicateRequest(id) }
        guard state.waitingCount + ids.count <= maxWaitingRequests else {
            return .queueFull(maximum: maxWaitingRequests)
        }
        return nil
    }

    /// A prompt longer than the limit is taken on when nothing waits: it could never be otherwise.
    private func refusal(tokenCount: Int, _ state: State) -> EngineError? {
        guard let maxWaitingTokens, state.waitingCount > 0 else { return nil }
        let fits = tokenCount <= maxWaitingTokens - min(state.waitingTokenCount, maxWaitingTokens)
        return fits ? nil : .queueTokensFull(maximum: maxWaitingTokens)
    }

    /// Passes a message on.
    func post(_ message: Message) { change { $0.messages.append(message) } }

    /// Passes a message on about the request of that name, if there is one.
    func post(_ id: RequestID, _ message: (UInt64) -> Message) {
        change { state in
            if let serial = state.serials[id] { state.messages.append(message(serial)) }
        }
    }

    /// Ends the thread after its step.
    func requestStop() {
        change {
            $0.isAccepting = false
            $0.isStopping = true
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let isParked = state.withLock { state in
            body(&state)
            return Self.unpark(&state)
        }
        if isParked { wakeup.signal() }
    }

    private static func unpark(_ state: inout State) -> Bool {
        defer { state.isParked = false }
        return state.isParked
    }
}

extension EngineInbox {
    /// The messages since the last call; sleeps until there is one if it may wait.
    func take(mayWait: Bool) -> Mail {
        while true {
            let mail: Mail? = state.withLock { state in
                if mayWait, state.messages.isEmpty, !state.isStopping {
                    state.isParked = true
                    return nil
                }
                defer { state.messages.removeAll(keepingCapacity: true) }
                return Mail(messages: state.messages.isEmpty ? [] : Array(state.messages), isStopping: state.isStopping)
            }
            if let mail { return mail }
            wakeup.wait()
        }
    }

    /// Requests left the queue for their first batch; `tokenCount` are the tokens of their prompts.
    func markScheduled(count: Int, tokenCount: Int) {
        state.withLock {
            $0.waitingCount -= count
            $0.waitingTokenCount -= tokenCount
        }
    }

    /// A request ended; its name can be used again.
    func markFinished(_ request: Request) {
        state.withLock {
            if $0.serials[request.submitted.id] == request.serial { $0.serials[request.submitted.id] = nil }
            if !request.hasRun {
                $0.waitingCount -= 1
                $0.waitingTokenCount -= request.submitted.promptTokenIDs.count
            }
        }
    }

    func markStopped() { state.withLock { $0.isStopped = true } }
}
