import CMartletKernels
package import MartletTensors

/// The operations on host memory: tensors are addresses, kernels are C, threads are a pool of its own.
///
/// Every operation completes before it returns. Results do not depend on the number of threads or on the instruction
/// set. Read `CPUBackend+Linear.swift` for products, `CPUBackend+Attention.swift` for attention, `WorkerPool.swift` for
/// threads.
///
/// `@unchecked Sendable`: one thread at a time calls a backend (its contract), and the scratch memory below belongs to the
/// call in progress.
@safe
package final class CPUBackend: Backend, @unchecked Sendable {
    /// The least number of elements that is worth more than one thread.
    static let parallelThreshold = 32768

    /// The instruction set in use.
    package let instructionSet: InstructionSet
    /// The number of threads, the caller's included.
    package var threadCount: Int { pool.threadCount }
    /// The name for messages: `cpu (avx2)`.
    package var name: String { "cpu (\(instructionSet.rawValue))" }

    /// Whether products with bfloat16 matrices round their inputs to bfloat16.
    package let roundsInputs: Bool

    let kernels: UnsafePointer<ck_kernels>
    let pool: WorkerPool
    private let hugePages = HugePages()
    var weightArena = WeightArena()
    private var scratch: Storage?
    private var reordered: Storage?
    /// Empty between calls; its memory is kept.
    var prepared: [PreparedProduct] = []
    var taskStarts: [Int] = []

    /// A backend on this machine.
    ///
    /// - Parameters:
    ///   - threads: how many threads compute; `nil` for every processor that this process may use.
    ///   - instructionSet: the kernels to use; `nil` for the best that this machine has.
    ///   - roundsInputs: whether products with bfloat16 matrices round their inputs to bfloat16, which instructions of
    ///     some processors multiply twice as fast as float32.
    /// - Precondition: the machine has the instruction set.
    package init(threads: Int? = nil, instructionSet: InstructionSet? = nil, roundsInputs: Bool = false) {
        let chosen = instructionSet ?? .best
        guard let kernels = unsafe chosen.kernels else {
            preconditionFailure("this machine has no \(chosen.rawValue)")
        }
        unsafe self.kernels = unsafe kernels
        self.instructionSet = chosen
        self.roundsInputs = roundsInputs
        pool = WorkerPool(threadCount: max(1, threads ?? HostMemory.usableProcessorCount()))
    }

    package func allocate(byteCount: Int) throws(BackendError) -> Storage {
        try HostMemory.allocate(byteCount: byteCount)
    }

    package func settle(_ storages: [Storage]) { hugePages.move(storages) }

    package func waitUntilSettled() { hugePages.wait() }

    package func upload(_ values: [Int32], to tensor: Tensor) {
        precondition(values.count <= tensor.shape.elementCount && tensor.isContiguous, "upload into \(tensor.shape)")
        guard !values.isEmpty else { return }
        let target = unsafe tensor.hostPointer(as: Int32.self)
        unsafe values.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            unsafe target.update(from: base, count: source.count)
        }
    }

    package func withHostRow<Result>(_ tensor: Tensor, row: Int, _ body: (inout MutableSpan<Float>) -> Result) -> Result
    {
        precondition(tensor.dtype == .float32 && row >= 0 && row < tensor.shape[0], "row \(row) of \(tensor.shape)")
        let start = unsafe tensor.hostPointer(as: Float.self) + row * tensor.rowStride
        let buffer = unsafe UnsafeMutableBufferPointer(start: start, count: tensor.rowElementCount)
        var span = unsafe MutableSpan(_unsafeElements: buffer)
        return body(&span)
    }

    /// Memory for intermediate results of the call in progress, at least `count` floats; its content is arbitrary.
    ///
    /// Grows when a call needs more than any before.
    @unsafe
    func scratchMemory(count: Int) -> UnsafeMutablePointer<Float> {
        let byteCount = count * MemoryLayout<Float>.stride
        if let scratch, scratch.byteCount >= byteCount {
            return unsafe scratch.baseAddress.assumingMemoryBound(to: Float.self)
        }
        guard let grown = try? HostMemory.allocate(byteCount: byteCount + byteCount / 4 + 4096) else {
            fatalError("cannot allocate \(byteCount) bytes of scratch memory")
        }
        scratch = grown
        return unsafe grown.baseAddress.assumingMemoryBound(to: Float.self)
    }

    /// Memory for inputs in another order, beside `scratchMemory`.
    func orderedInputs(shape: Shape) -> Tensor {
        let byteCount = shape.elementCount * MemoryLayout<Float>.stride
        if let reordered, reordered.byteCount >= byteCount {
            return Tensor(storage: reordered, dtype: .float32, shape: shape)
        }
        guard let grown = try? HostMemory.allocate(byteCount: byteCount + byteCount / 4 + 4096) else {
            fatalError("cannot allocate \(byteCount) bytes of scratch memory")
        }
        reordered = grown
        return Tensor(storage: grown, dtype: .float32, shape: shape)
    }

    /// Calls `body` with ranges of `0..<rows`, on one thread when the work is small.
    func forRows(_ rows: Int, elements: Int, _ body: (Range<Int>) -> Void) {
        guard rows > 0 else { return }
        guard rows > 1, rows * elements >= Self.parallelThreshold else { return body(0..<rows) }
        let chunks = min(rows, pool.threadCount * 4)
        pool.run(count: chunks) { _, chunk in body(rows * chunk / chunks..<rows * (chunk + 1) / chunks) }
    }
}

extension DType {
    /// The kernels' name of a plain type.
    ///
    /// - Precondition: float32, bfloat16 or float16.
    var kernelFormat: ck_format {
        switch self {
        case .float32: CK_FLOAT32
        case .bfloat16: CK_BFLOAT16
        case .float16: CK_FLOAT16
        case .int32, .uint8, .int8: preconditionFailure("no kernels for \(name)")
        }
    }
}

extension Tensor {
    /// The address of a row of bytes.
    @unsafe
    func rowAddress(_ row: Int) -> UnsafeMutableRawPointer {
        unsafe storage.baseAddress + offsetInBytes + row * rowStride * dtype.byteCount
    }

    /// The address of a row of floats.
    @unsafe
    func floats(row: Int) -> UnsafeMutablePointer<Float> {
        unsafe rowAddress(row).assumingMemoryBound(to: Float.self)
    }

    /// Stops unless the elements are float32.
    func requireFloat32(_ role: StaticString) {
        precondition(dtype == .float32, "\(role) is \(dtype.name), not float32")
    }
}
