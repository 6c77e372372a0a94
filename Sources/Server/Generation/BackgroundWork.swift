/// Work that goes on after its response has been sent; it is cancelled when the server stops.
final class BackgroundWork: Sendable {
    /// One piece of work.
    typealias Job = @Sendable () async -> Void

    private let jobs = AsyncStream<Job>.makeStream()

    /// Hands over work, which begins at once while `run` runs.
    func add(_ job: @escaping Job) { jobs.continuation.yield(job) }

    /// Does the work until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs.stream { group.addTask { await job() } }
            group.cancelAll()
        }
    }
}
