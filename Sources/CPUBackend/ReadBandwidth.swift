import CMartletKernels
package import MartletTensors
import Synchronization

/// Measures how fast memory can be read: the limit of a decoder that generates one sequence.
package final class ReadBandwidth: Sendable {
    private let memory: Storage
    private let pool: WorkerPool

    /// A measurement with that many threads over memory far larger than the caches, in huge pages where the system
    /// grants them.
    ///
    /// - Throws: `BackendError` when the memory is not to be had.
    package init(threads: Int, byteCount: Int = 1 << 30) throws(BackendError) {
        pool = WorkerPool(threadCount: threads)
        memory = try CPUBackend(threads: 1).allocate(byteCount: byteCount)
        unsafe memory.baseAddress.initializeMemory(as: UInt8.self, repeating: 1, count: byteCount)
    }

    /// The best of several passes, in bytes per second.
    package func measure(passes: Int = 5) -> Double {
        let chunk = 4 << 20
        let sum = Atomic<UInt64>(0)
        var best = 0.0
        for _ in 0..<passes {
            let start = ContinuousClock.now
            pool.run(count: memory.byteCount / chunk) { _, number in
                let words = unsafe (memory.baseAddress + number * chunk).assumingMemoryBound(to: UInt64.self)
                sum.bitwiseXor(unsafe ck_read_words(words, chunk / 8), ordering: .relaxed)
            }
            best = max(best, Double(memory.byteCount) / ((ContinuousClock.now - start) / .seconds(1)))
        }
        return best
    }
}
