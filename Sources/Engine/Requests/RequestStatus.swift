/// Where a sequence stands.
enum RequestStatus: Hashable {
    /// In the queue, never run.
    case waiting
    /// Shares the prompt of choice 0 and waits until that is computed.
    case pendingFork
    /// In the batch.
    case running
    /// In the queue again: its blocks were given to others, its tokens are computed anew.
    case preempted
    /// Out of the engine.
    case finished(FinishReason)

    var isFinished: Bool { if case .finished = self { true } else { false } }
    var isQueued: Bool { self == .waiting || self == .preempted }
}

/// The order in which sequences are served; the greatest gives way first.
struct SchedulingKey: Comparable, Hashable {
    let priority: Int
    let arrival: UInt64
    let choice: Int

    static func < (left: SchedulingKey, right: SchedulingKey) -> Bool {
        (left.priority, left.arrival, left.choice) < (right.priority, right.arrival, right.choice)
    }
}
