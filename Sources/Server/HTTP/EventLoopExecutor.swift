import NIOCore

/// Runs a connection's task on the connection's event loop: what it writes needs no other thread.
///
/// For work of some microseconds at a time; whatever takes longer would hold up the loop's other connections.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Runs the job in the loop's next turn.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
