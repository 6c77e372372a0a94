import MartletEngine
import Synchronization

/// Runs jobs one after the other on a thread of its own, made at the first job: for work that must not hold up tasks.
final class BackgroundExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStarted = false
    }

    private let state = Mutex(State())
    private let wakeup = Wakeup()
    private let yieldsToOthers: Bool

    /// An executor.
    ///
    /// - Parameter yieldsToOthers: whether its thread gets little of a core that another thread wants.
    init(yieldsToOthers: Bool) { self.yieldsToOthers = yieldsToOthers }

    /// Runs the job after those that came before it.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = state.withLock { state in
            state.jobs.append(job)
            defer { state.isStarted = true }
            return !state.isStarted
        }
        if isFirst { SystemThread.start { self.run() } }
        wakeup.signal()
    }

    private func run() {
        if yieldsToOthers { SystemThread.yieldToOthers() }
        while true {
            wakeup.wait()
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                return state.jobs
            }
            for job in jobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}
