import CMartletKernels

/// Measures how fast the threads multiply and add float32 in registers: the limit of products of many tokens.
package final class ArithmeticPeak: Sendable {
    private let pool: WorkerPool
    private let instructionSet: InstructionSet

    /// Elements of one chunk; some tenths of a millisecond.
    private static let chunkCount = 10_000_000
    private static let chunksPerThread = 16

    /// A measurement with that many threads and the best instruction set that this machine has.
    package init(threads: Int) {
        pool = WorkerPool(threadCount: threads)
        instructionSet = .best
    }

    /// The best of several passes, in operations per second; a multiplication and an addition are two.
    package func measure(passes: Int = 5) -> Double {
        guard let kernels = unsafe instructionSet.kernels else { return 0 }
        let chunks = pool.threadCount * Self.chunksPerThread
        let multiplyAdd = unsafe kernels.pointee.multiply_add
        var best = 0.0
        for _ in 0..<passes {
            let start = ContinuousClock.now
            pool.run(count: chunks) { _, _ in _ = multiplyAdd?(Self.chunkCount) }
            best = max(best, 2 * Double(chunks * Self.chunkCount) / ((ContinuousClock.now - start) / .seconds(1)))
        }
        return best
    }
}
