import CMartletKernels
import Glibc
import Synchronization

/// Threads that share the chunks of one job at a time with the thread that brings it.
///
/// Every thread has a share of neighbouring chunks, claims them one by one in ascending order, which is how memory reads
/// fastest, and then those left in the shares of others. A thread that is not running holds nobody up: the caller waits
/// for claimed chunks, not for workers. Idle workers spin for some microseconds, then sleep.
///
/// `@unchecked Sendable`: one thread calls `run` at a time; `body` and `count` are written before the shares are
/// released and stay until every chunk claimed from them is completed, hence no worker reads them while they change.
@safe
package final class WorkerPool: @unchecked Sendable {
    /// The number of threads, the caller's included.
    package let threadCount: Int

    private let shared: PoolState
    private var threads: [pthread_t] = []

    /// A pool of `threadCount - 1` workers.
    package init(threadCount: Int) {
        shared = PoolState(shareCount: max(threadCount, 1))
        for index in 1..<max(threadCount, 1) {
            let start = unsafe Unmanaged.passRetained(WorkerStart(state: shared, index: index)).toOpaque()
            var thread = pthread_t()
            let status = unsafe pthread_create(&thread, nil, workerMain, start)
            guard status == 0 else {
                unsafe Unmanaged<WorkerStart>.fromOpaque(start).release()
                break
            }
            threads.append(thread)
        }
        self.threadCount = threads.count + 1
    }

    deinit {
        shared.stop()
        for thread in threads { _ = pthread_join(thread, nil) }
    }

    /// Calls `body(worker, chunk)` for every chunk in `0..<count`, in any order, on any thread; returns when all are done.
    ///
    /// `worker` is in `0..<threadCount` and no two calls with the same one run at a time.
    package func run(count: Int, _ body: (_ worker: Int, _ chunk: Int) -> Void) {
        if threadCount == 1 || count <= 1 {
            for chunk in 0..<max(count, 0) { body(0, chunk) }
            return
        }
        withoutActuallyEscaping(body) { body in
            shared.post(count: count, body: body)
            shared.work(as: 0)
            shared.finish()
        }
    }
}

/// What a worker begins with.
private final class WorkerStart {
    let state: PoolState
    let index: Int

    init(state: PoolState, index: Int) {
        self.state = state
        self.index = index
    }
}

private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<WorkerStart>.fromOpaque(argument).takeRetainedValue()
    start.state.serve(as: start.index)
    return nil
}

/// The job in progress and the workers that wait for one.
///
/// `@unchecked Sendable`: everything shared is atomic, but for `body` and the counts of a job, which are written before
/// the job is posted and read only by workers that have claimed a chunk of it.
@safe
private final class PoolState: @unchecked Sendable {
    /// Turns of a waiting loop before the thread gives way: some tens of microseconds.
    ///
    /// Then a worker sleeps rather than yields: a thread that yields to a busy neighbour waits for the end of its time
    /// slice, one that is woken runs at once.
    private static let spins = 3000
    /// Counters that lie this far apart share no cache line.
    private static let spacing = 16

    private let shareCount: Int
    /// Chunks of each share that are not claimed yet.
    private let shares: UnsafeMutablePointer<Atomic<Int>>
    /// Counts the jobs.
    private let generation = Atomic<Int>(0)
    /// Chunks done.
    private let completed = Atomic<Int>(0)
    /// Workers that sleep or are about to.
    private let sleepers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private var count = 0
    private var body: ((Int, Int) -> Void)?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init(shareCount: Int) {
        self.shareCount = shareCount
        unsafe shares = .allocate(capacity: shareCount * Self.spacing)
        for index in 0..<shareCount * Self.spacing { unsafe (shares + index).initialize(to: Atomic(0)) }
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe _ = pthread_mutex_init(mutex, nil)
        unsafe _ = pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe _ = pthread_mutex_destroy(mutex)
        unsafe _ = pthread_cond_destroy(condition)
        unsafe mutex.deallocate()
        unsafe condition.deallocate()
        unsafe shares.deinitialize(count: shareCount * Self.spacing)
        unsafe shares.deallocate()
    }

    /// The first chunk behind a share.
    private func end(of share: Int) -> Int { count * (share + 1) / shareCount }

    func post(count: Int, body: @escaping (Int, Int) -> Void) {
        self.count = count
        self.body = body
        completed.store(0, ordering: .relaxed)
        var begin = 0
        for share in 0..<shareCount {
            let end = end(of: share)
            unsafe shares[share * Self.spacing].store(end - begin, ordering: .releasing)
            begin = end
        }
        generation.add(1, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    }

    /// Claims and runs chunks until none is left, beginning with the worker's own share.
    func work(as worker: Int) {
        for step in 0..<shareCount {
            let share = (worker + step) % shareCount
            while let left = claim(share) {
                body?(worker, end(of: share) - left)
                completed.add(1, ordering: .releasing)
            }
        }
    }

    /// Takes one chunk; the result says how many were left with it.
    private func claim(_ share: Int) -> Int? {
        var left = unsafe shares[share * Self.spacing].load(ordering: .relaxed)
        while left > 0 {
            let (claimed, found) = unsafe shares[share * Self.spacing].weakCompareExchange(
                expected: left,
                desired: left - 1,
                successOrdering: .acquiringAndReleasing,
                failureOrdering: .relaxed
            )
            if claimed { return left }
            left = found
        }
        return nil
    }

    /// Waits until every chunk is done.
    func finish() {
        var turns = 0
        while completed.load(ordering: .acquiring) < count {
            turns += 1
            if turns < Self.spins { ck_spin_hint() } else { _ = sched_yield() }
        }
        body = nil
    }

    func serve(as worker: Int) {
        var turns = 0
        var seen = 0
        while !stopped.load(ordering: .relaxed) {
            let current = generation.load(ordering: .acquiring)
            if current != seen {
                seen = current
                work(as: worker)
                turns = 0
            } else if turns < Self.spins {
                turns += 1
                ck_spin_hint()
            } else {
                sleep(after: seen)
                turns = 0
            }
        }
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        wake()
    }

    /// Sleeps until another job than the one seen last is there.
    private func sleep(after seen: Int) {
        unsafe _ = pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while generation.load(ordering: .sequentiallyConsistent) == seen,
            !stopped.load(ordering: .sequentiallyConsistent)
        {
            unsafe _ = pthread_cond_wait(condition, mutex)
        }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        unsafe _ = pthread_mutex_unlock(mutex)
    }

    private func wake() {
        unsafe _ = pthread_mutex_lock(mutex)
        unsafe _ = pthread_cond_broadcast(condition)
        unsafe _ = pthread_mutex_unlock(mutex)
    }
}
