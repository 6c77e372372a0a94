import CMartletKernels
import Glibc
import Synchronization

/// Threads that share the chunks of one job at a time with the thread that brings it.
///
/// Chunks are claimed one by one from a counter, so that a thread that is not running holds nobody up: the caller waits
/// for claimed chunks, not for workers. Idle workers spin for some microseconds, then yield, then sleep.
@safe
package final class WorkerPool: @unchecked Sendable {
    // One thread calls `run` at a time. `body` and `count` are written before `remaining` is released and stay until
    // every chunk claimed from it is completed, hence no worker reads them while they change.

    /// The number of threads, the caller's included.
    package let threadCount: Int

    private let shared: PoolState
    private var threads: [pthread_t] = []

    /// A pool of `threadCount - 1` workers.
    package init(threadCount: Int) {
        shared = PoolState()
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
@safe
private final class PoolState: @unchecked Sendable {
    /// Turns of the loop that only pause: some tens of microseconds.
    private static let spins = 1500
    /// Turns that give way to other threads before a worker sleeps.
    private static let yields = 200

    /// Chunks not claimed yet.
    private let remaining = Atomic<Int>(0)
    /// Chunks done.
    private let completed = Atomic<Int>(0)
    /// Workers that sleep or are about to.
    private let sleepers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private var count = 0
    private var body: ((Int, Int) -> Void)?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
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
    }

    func post(count: Int, body: @escaping (Int, Int) -> Void) {
        self.count = count
        self.body = body
        completed.store(0, ordering: .relaxed)
        remaining.store(count, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    }

    /// Claims and runs chunks until none is left.
    func work(as worker: Int) {
        var left = remaining.load(ordering: .relaxed)
        while left > 0 {
            let (claimed, found) = remaining.weakCompareExchange(
                expected: left,
                desired: left - 1,
                successOrdering: .acquiringAndReleasing,
                failureOrdering: .relaxed
            )
            guard claimed else {
                left = found
                continue
            }
            body?(worker, count - left)
            completed.add(1, ordering: .releasing)
            left = remaining.load(ordering: .relaxed)
        }
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
        while !stopped.load(ordering: .relaxed) {
            if remaining.load(ordering: .relaxed) > 0 {
                work(as: worker)
                turns = 0
            } else if turns < Self.spins {
                turns += 1
                ck_spin_hint()
            } else if turns < Self.spins + Self.yields {
                turns += 1
                _ = sched_yield()
            } else {
                sleep()
                turns = 0
            }
        }
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        wake()
    }

    private func sleep() {
        unsafe _ = pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while remaining.load(ordering: .sequentiallyConsistent) == 0,
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
