import Synchronization

/// What a request gets, as it comes: one event per step in which a choice got a token or ended.
///
/// Dropping the stream, or cancelling the task that reads it, aborts the request. There is one reader.
package struct GenerationEvents: AsyncSequence, Sendable {
    /// One engine step.
    package typealias Element = GenerationEvent

    private let reader: Reader

    init(mailbox: EventMailbox) { reader = Reader(mailbox) }

    /// Reads the events.
    package func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    /// Waits for events.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: Reader
        /// Taken and not returned yet, the next one last.
        private var taken: [GenerationEvent] = []

        fileprivate init(reader: Reader) { self.reader = reader }

        /// The next event, or `nil` after the last choice has ended.
        package mutating func next() async -> GenerationEvent? {
            if taken.isEmpty { taken = await reader.mailbox.next().reversed() }
            return taken.popLast()
        }

        /// As `next()`, on the caller's actor.
        package mutating func next(isolation: isolated (any Actor)?) async -> GenerationEvent? { await next() }

        /// All events that have come since the last call; waits where none has, empty after the last choice has ended.
        package mutating func nextBatch() async -> [GenerationEvent] {
            guard taken.isEmpty else {
                defer { taken = [] }
                return taken.reversed()
            }
            return await reader.mailbox.next()
        }
    }

    /// Ends the request with the last that could read of it.
    fileprivate final class Reader: Sendable {
        let mailbox: EventMailbox
        init(_ mailbox: EventMailbox) { self.mailbox = mailbox }
        deinit { mailbox.cancel() }
    }
}

/// Hands a request's outputs from the engine's thread to the task that waits for them.
///
/// What comes while nobody waits is kept, so that a reader is woken once for all that is there.
final class EventMailbox: Sendable {
    private struct State {
        var events: [GenerationEvent] = []
        var waiter: CheckedContinuation<[GenerationEvent], Never>?
        /// Whether nothing comes any more, or nobody reads it.
        var isFinished = false
        var isCancelled = false
        var onCancel: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Sets what is called when the reader is gone before the end: at most once.
    func onCancel(_ body: @escaping @Sendable () -> Void) {
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.onCancel = body }
            return state.isCancelled
        }
        if isCancelled { body() }
    }

    /// Adds what a step did.
    func yield(_ event: GenerationEvent) {
        let waiter: CheckedContinuation<[GenerationEvent], Never>? = state.withLock { state in
            guard !state.isFinished else { return nil }
            if state.waiter == nil { state.events.append(event) }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: [event])
    }

    /// Nothing comes any more.
    func finish() {
        let waiter: CheckedContinuation<[GenerationEvent], Never>? = state.withLock { state in
            state.isFinished = true
            state.onCancel = nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: [])
    }

    /// The reader is gone.
    func cancel() {
        let (waiter, onCancel) = state.withLock { state in
            state.isFinished = true
            state.isCancelled = true
            state.events = []
            defer {
                state.waiter = nil
                state.onCancel = nil
            }
            return (state.waiter, state.onCancel)
        }
        waiter?.resume(returning: [])
        onCancel?()
    }

    /// What has come since the last call; waits where nothing has.
    ///
    /// Empty at the end and for a cancelled task.
    func next() async -> [GenerationEvent] {
        await withTaskCancellationHandler {
            if let events = takeReady() { return events }
            return await withCheckedContinuation { continuation in
                let ready: [GenerationEvent]? = state.withLock { state in
                    if let ready = Self.take(&state) { return ready }
                    precondition(state.waiter == nil, "two tasks read one request")
                    state.waiter = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            cancel()
        }
    }

    private func takeReady() -> [GenerationEvent]? { state.withLock { Self.take(&$0) } }

    private static func take(_ state: inout State) -> [GenerationEvent]? {
        guard !state.events.isEmpty || state.isFinished else { return nil }
        defer { state.events = [] }
        return state.events
    }
}
