import NIOCore
import Synchronization

/// Closes a connection whose client takes nothing for too long: one timer per stream, two atomic stores per write.
final class SlowReaderGuard: Sendable {
    private let channel: any Channel
    private let limit: Duration
    /// When the pending write began, in nanoseconds since `origin`; 0 for none.
    private let pendingSince = Atomic<UInt64>(0)
    private let origin = ContinuousClock.now
    private let isEnded = Atomic<Bool>(false)

    init(channel: any Channel, limit: Duration) {
        self.channel = channel
        self.limit = limit
        schedule()
    }

    /// A write begins.
    func begin() { pendingSince.store(now, ordering: .relaxed) }

    /// The write has ended.
    func finish() { pendingSince.store(0, ordering: .relaxed) }

    /// The stream is over.
    func end() { isEnded.store(true, ordering: .relaxed) }

    private var now: UInt64 { max(1, UInt64((ContinuousClock.now - origin) / .nanoseconds(1))) }

    private func schedule() {
        let interval = TimeAmount.nanoseconds(Int64(limit / .nanoseconds(1)) / 4 + 1)
        channel.eventLoop.scheduleTask(in: interval) { [weak self] in
            guard let self, !self.isEnded.load(ordering: .relaxed) else { return }
            let since = self.pendingSince.load(ordering: .relaxed)
            if since > 0, Double(self.now - min(since, self.now)) > self.limit / .nanoseconds(1) {
                self.channel.close(promise: nil)
            } else {
                self.schedule()
            }
        }
    }
}
