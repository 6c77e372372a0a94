import CMartletKernels
package import MartletTensors

/// How fast the matrix product is on this machine, beside what memory and arithmetic allow.
///
/// Product and limit are measured in turns, over matrices larger than the caches together, so that other work on the
/// machine disturbs both alike; the best of each counts.
package struct KernelBenchmark: Sendable {
    /// The best of a row of measurements.
    package struct Result: Sendable {
        /// Tokens of each product.
        package let tokens: Int
        /// The time of one product.
        package let duration: Duration
        /// Bytes of weights read, in 10⁹ per second.
        package let gigabytesPerSecond: Double
        /// Bytes that plain reading reaches, in 10⁹ per second.
        package let readGigabytesPerSecond: Double
        /// Multiplications and additions, in 10⁹ per second.
        package let gigaflops: Double
        /// What multiplying and adding in registers reaches, in 10⁹ per second.
        package let peakGigaflops: Double
    }

    private let backend: CPUBackend
    private let weights: [Weight]

    /// A benchmark of products with `matrixCount` different matrices `[outputs, inputs]`.
    package init(
        backend: CPUBackend,
        dtype: DType = .bfloat16,
        outputs: Int,
        inputs: Int,
        matrixCount: Int
    ) throws(BackendError) {
        self.backend = backend
        var weights: [Weight] = []
        for _ in 0..<matrixCount {
            let storage = try backend.allocate(byteCount: outputs * inputs * dtype.byteCount)
            // patterns of numbers near one; zeroed memory would all be one page
            unsafe storage.baseAddress.initializeMemory(
                as: UInt32.self,
                repeating: 0x3c00_3c01,
                count: storage.byteCount / 4
            )
            weights.append(
                Weight([.init(tensor: Tensor(storage: storage, dtype: dtype, shape: Shape(outputs, inputs)))])
            )
        }
        self.weights = weights
    }

    /// Measures products with that many tokens.
    package func run(tokens: Int, repetitions: Int) throws(BackendError) -> Result {
        let (outputs, inputs) = (weights[0].outputCount, weights[0].inputCount)
        let input = try makeTensor(tokens, inputs)
        let output = try makeTensor(tokens, outputs)
        let byteCount = weights[0].parts[0].tensor.storage.byteCount
        let operations = 4_000_000
        var best = Duration.seconds(1000)
        var bestRead = best
        var bestPeak = best
        for repetition in 0..<repetitions {
            for (index, weight) in weights.enumerated() {
                switch (repetition + index) % 3 {
                case 0: best = min(best, timed { backend.linear(input, weight, into: output) })
                case 1: bestRead = min(bestRead, timed { read(weight.parts[0].tensor.storage) })
                default: bestPeak = min(bestPeak, timed { multiplyAdd(operations) })
                }
            }
        }
        let flops = 2 * Double(tokens) * Double(outputs) * Double(inputs)
        return Result(
            tokens: tokens,
            duration: best,
            gigabytesPerSecond: Double(byteCount) / best.nanoseconds,
            readGigabytesPerSecond: Double(byteCount) / bestRead.nanoseconds,
            gigaflops: flops / best.nanoseconds,
            peakGigaflops: Double(2 * operations * backend.threadCount) / bestPeak.nanoseconds
        )
    }

    private func makeTensor(_ rows: Int, _ columns: Int) throws(BackendError) -> Tensor {
        Tensor(
            storage: try backend.allocate(byteCount: rows * columns * 4),
            dtype: .float32,
            shape: Shape(rows, columns)
        )
    }

    private func timed(_ body: () -> Void) -> Duration {
        ContinuousClock().measure(body)
    }

    /// Reads a region, every thread a part of it.
    private func read(_ storage: Storage) {
        let piece = storage.byteCount / backend.threadCount / 256 * 256
        backend.pool.run(count: backend.threadCount) { _, part in
            unsafe _ = backend.kernels.pointee.read_stream(storage.baseAddress + part * piece, piece)
        }
    }

    /// Multiplies and adds `count` times on every thread.
    private func multiplyAdd(_ count: Int) {
        backend.pool.run(count: backend.threadCount) { _, _ in
            unsafe _ = backend.kernels.pointee.multiply_add(count)
        }
    }
}

extension Duration {
    /// The length in 10⁻⁹ seconds.
    fileprivate var nanoseconds: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) * 1e-9
    }
}
