import Glibc
import MartletCPUBackend
import MartletTensors
import MartletTestSupport
import Testing

extension DType {
    /// What a cache of this type keeps of one token's key or value of one head.
    func kept(_ head: some Collection<Float>) -> [Double] {
        guard self == .int8 else { return head.map { Double(rounded($0)) } }
        let greatest = head.map(abs).max() ?? 0
        guard greatest >= 0x1p-100 else { return head.map { _ in 0 } }
        let factor = 127 / greatest
        return head.map { Double(($0 * factor).rounded(.toNearestOrEven)) * Double(greatest / 127) }
    }
}

/// Sequences of random queries, keys and values, and their attention in double precision.
struct AttentionProblem {
    var parameters: AttentionParameters
    var dtype: DType
    var blockSize: Int
    /// The tokens of each sequence.
    var lengths: [Int]
    var isCausal = true

    var queries: [Matrix] = []
    var keys: [Matrix] = []
    var values: [Matrix] = []

    init(
        heads: Int,
        kvHeads: Int,
        dimension: Int,
        window: Int? = nil,
        dtype: DType,
        blockSize: Int,
        lengths: [Int]
    ) {
        parameters = AttentionParameters(
            headCount: heads,
            kvHeadCount: kvHeads,
            headDimension: dimension,
            scale: 1 / Float(dimension).squareRoot(),
            slidingWindow: window
        )
        self.dtype = dtype
        self.blockSize = blockSize
        self.lengths = lengths
        for (index, length) in lengths.enumerated() {
            var q = Matrix(rows: length, columns: heads * dimension, seed: UInt64(3 * index + 1))
            for place in q.values.indices { q.values[place] *= 6 }
            queries.append(q)
            keys.append(Matrix(rows: length, columns: kvHeads * dimension, seed: UInt64(3 * index + 2)))
            values.append(Matrix(rows: length, columns: kvHeads * dimension, seed: UInt64(3 * index + 3)))
        }
    }

    /// The positions that a token sees.
    private func seen(_ token: Int, of length: Int) -> ClosedRange<Int> {
        let window = parameters.slidingWindow ?? length
        return max(0, token + 1 - window)...(isCausal ? token : min(length, token + window) - 1)
    }

    /// The same problem with caps, slopes and sinks.
    func with(softCap: Float? = nil, hasSlopes: Bool = false, hasSinks: Bool = false, isCausal: Bool = true) -> Self {
        var problem = self
        let heads = parameters.headCount
        problem.parameters.softCap = softCap
        if hasSlopes { problem.parameters.slopes = makeTensor(Matrix(rows: 1, columns: heads, seed: 91)) }
        if hasSinks { problem.parameters.sinks = makeTensor(Matrix(rows: 1, columns: heads, seed: 92)) }
        problem.isCausal = isCausal
        return problem
    }

    func reference(_ sequence: Int) -> [Double] {
        let (heads, dimension) = (parameters.headCount, parameters.headDimension)
        let group = heads / parameters.kvHeadCount
        var result: [Double] = []
        for token in 0..<lengths[sequence] {
            let places = seen(token, of: lengths[sequence])
            let first = places.lowerBound
            for head in 0..<heads {
                let q = queries[sequence].row(token)[head * dimension..<(head + 1) * dimension]
                let range = head / group * dimension..<(head / group + 1) * dimension
                let slope = parameters.slopes.map { Double($0.matrix.values[head]) } ?? 0
                let scores = places.map { position in
                    let score =
                        zip(q, dtype.kept(keys[sequence].row(position)[range])).reduce(0.0) {
                            $0 + Double($1.0) * $1.1
                        } * Double(parameters.scale)
                    let capped = parameters.softCap.map { Double($0) * tanh(score / Double($0)) } ?? score
                    return capped + slope * Double(position - token)
                }
                let greatest = scores.max() ?? 0
                let weights = scores.map { exponential($0 - greatest) }
                let sink = parameters.sinks.map { exponential(Double($0.matrix.values[head]) - greatest) } ?? 0
                let sum = weights.reduce(sink, +)
                var output = [Double](repeating: 0, count: dimension)
                for (index, weight) in weights.enumerated() {
                    let v = dtype.kept(values[sequence].row(first + index)[range])
                    for (column, value) in v.enumerated() { output[column] += weight * value / sum }
                }
                result += output
            }
        }
        return result
    }
}

/// A cache into which the sequences of a problem are written step by step.
final class AttentionRun {
    let problem: AttentionProblem
    let backend: CPUBackend
    let cache: KVCache
    private let tables: [[Int]]
    private var written: [Int]
    /// Whether the blocks that no window reaches lead nowhere.
    var losesBlocksBeforeWindow = false
    private(set) var outputs: [[UInt32]]

    // `seed` decides which blocks the sequences get.
    init(_ problem: AttentionProblem, on backend: CPUBackend, seed: UInt64) throws {
        self.problem = problem
        self.backend = backend
        let counts = problem.lengths.map { ($0 + problem.blockSize - 1) / problem.blockSize }
        let total = counts.reduce(0, +)
        var generator = SeededGenerator(seed: seed)
        var free = Array(0..<total + 3).shuffled(using: &generator)
        var tables: [[Int]] = []
        for count in counts {
            tables.append(Array(free.suffix(count)))
            free.removeLast(count)
        }
        self.tables = tables
        cache = try backend.makeKVCache(
            spec: KVCacheSpec(
                layerCount: 2,
                kvHeadCount: problem.parameters.kvHeadCount,
                headDimension: problem.parameters.headDimension
            ),
            dtype: problem.dtype,
            blockCount: total + 3,
            blockSize: problem.blockSize
        )
        written = problem.lengths.map { _ in 0 }
        outputs = problem.lengths.map { _ in [] }
    }

    /// Runs one batch: so many tokens of each of the sequences named.
    func step(_ chunks: [(sequence: Int, count: Int)]) {
        var positions: [Int] = []
        var slots: [Int] = []
        var starts = [0]
        var contexts: [Int] = []
        let width = (chunks.map { tables[$0.sequence].count }.max() ?? 0) + 1
        var table: [Float] = []
        var rows = (q: [Float](), k: [Float](), v: [Float]())
        for (sequence, count) in chunks {
            let range = written[sequence]..<written[sequence] + count
            positions += Array(range)
            slots += range.map { tables[sequence][$0 / problem.blockSize] * problem.blockSize + $0 % problem.blockSize }
            starts.append(positions.count)
            contexts.append(range.upperBound)
            let blocks = (range.upperBound + problem.blockSize - 1) / problem.blockSize
            let window = losesBlocksBeforeWindow ? problem.parameters.slidingWindow : nil
            let firstBlock = max(0, range.lowerBound + 1 - (window ?? .max)) / problem.blockSize
            table += (0..<width).map { place in
                guard place >= firstBlock, place < blocks else { return Float(bitPattern: UInt32(Int32.max)) }
                return Float(bitPattern: UInt32(tables[sequence][place]))
            }
            rows.q += problem.queries[sequence].rows(range).values
            rows.k += problem.keys[sequence].rows(range).values
            rows.v += problem.values[sequence].rows(range).values
            written[sequence] = range.upperBound
        }
        let tokens = positions.count
        let tableTensor = makeTensor(Matrix(rows: chunks.count, columns: width, values: table))
        let batch = AttentionBatch(
            positions: makeIndices(positions),
            slotMapping: makeIndices(slots),
            queryStarts: makeIndices(starts),
            contextLengths: makeIndices(contexts),
            blockTables: Tensor(storage: tableTensor.storage, dtype: .int32, shape: tableTensor.shape),
            sequenceCount: chunks.count,
            tokenCount: tokens,
            isCausal: problem.isCausal
        )
        let matrix = { (values: [Float]) in
            makeTensor(Matrix(rows: tokens, columns: values.count / tokens, values: values), gap: 2)
        }
        backend.writeKV(keys: matrix(rows.k), values: matrix(rows.v), to: cache, layer: 1, batch: batch)
        let output = makeOutput(tokens, rows.q.count / tokens)
        backend.attention(
            matrix(rows.q),
            cache: cache,
            layer: 1,
            batch: batch,
            parameters: problem.parameters,
            into: output
        )
        let bits = output.bits
        let columns = output.rowElementCount
        for (index, chunk) in chunks.enumerated() {
            outputs[chunk.sequence] += bits[starts[index] * columns..<starts[index + 1] * columns]
        }
    }

    /// Every sequence alone and whole.
    func runWhole() {
        for sequence in problem.lengths.indices { step([(sequence, problem.lengths[sequence])]) }
    }

    /// Random chunks of random sequences together.
    func runMixed(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        while true {
            let open = problem.lengths.indices.filter { written[$0] < problem.lengths[$0] }
            if open.isEmpty { return }
            var chosen = open.filter { _ in Bool.random(using: &generator) }
            if chosen.isEmpty { chosen = [open[0]] }
            step(
                chosen.shuffled(using: &generator).map { sequence in
                    let left = problem.lengths[sequence] - written[sequence]
                    let most = Bool.random(using: &generator) ? 1 : left
                    return (sequence, Int.random(in: 1...most, using: &generator))
                }
            )
        }
    }
}

@Suite struct AttentionTests {
    static let problems = [
        AttentionProblem(heads: 4, kvHeads: 2, dimension: 64, dtype: .float32, blockSize: 16, lengths: [37, 1, 160]),
        AttentionProblem(heads: 2, kvHeads: 1, dimension: 128, dtype: .bfloat16, blockSize: 16, lengths: [150, 18]),
        AttentionProblem(heads: 3, kvHeads: 3, dimension: 20, dtype: .float16, blockSize: 4, lengths: [40, 131]),
        AttentionProblem(heads: 6, kvHeads: 1, dimension: 33, dtype: .bfloat16, blockSize: 24, lengths: [70, 133]),
        AttentionProblem(heads: 20, kvHeads: 1, dimension: 16, dtype: .float32, blockSize: 1, lengths: [35]),
        AttentionProblem(
            heads: 4,
            kvHeads: 2,
            dimension: 80,
            window: 50,
            dtype: .bfloat16,
            blockSize: 16,
            lengths: [200, 49]
        ),
        AttentionProblem(
            heads: 2,
            kvHeads: 2,
            dimension: 8,
            window: 3,
            dtype: .float32,
            blockSize: 5,
            lengths: [20, 140]
        ),
        AttentionProblem(heads: 4, kvHeads: 2, dimension: 64, dtype: .int8, blockSize: 16, lengths: [37, 1, 160]),
        AttentionProblem(heads: 7, kvHeads: 1, dimension: 33, dtype: .int8, blockSize: 24, lengths: [70, 133]),
        AttentionProblem(
            heads: 3,
            kvHeads: 3,
            dimension: 20,
            window: 30,
            dtype: .int8,
            blockSize: 4,
            lengths: [40, 131]
        ),
    ]

    /// Scores that are changed before they become weights.
    static let adjusted = [
        problems[0].with(softCap: 5),
        problems[3].with(softCap: 2, hasSinks: true),
        problems[2].with(hasSlopes: true),
        problems[5].with(softCap: 8, hasSlopes: true, hasSinks: true),
        problems[8].with(hasSlopes: true),
        problems[4].with(hasSinks: true),
    ]

    /// Queries that see what is behind them.
    static let bidirectional =
        [0, 1, 3, 5, 6, 8].map { problems[$0].with(isCausal: false) }
        + [problems[2].with(hasSlopes: true, isCausal: false)]

    @Test(arguments: (problems + adjusted + bidirectional).indices)
    func equalsDoublePrecision(_ index: Int) throws {
        let problem = (Self.problems + Self.adjusted + Self.bidirectional)[index]
        let run = try AttentionRun(problem, on: scalarBackend, seed: 1)
        run.runWhole()
        for sequence in problem.lengths.indices {
            let values = run.outputs[sequence].map { Float(bitPattern: $0) }
            #expect(worstError(values, problem.reference(sequence)) < 3e-6, "sequence \(sequence)")
        }
    }

    /// Without a causal mask a sequence is computed whole: company, blocks and threads must not matter.
    @Test(arguments: bidirectional.indices)
    func wholeSequencesDoNotDependOnCompanyBlocksThreadsOrInstructionSet(_ index: Int) throws {
        let problem = Self.bidirectional[index]
        let expected = try AttentionRun(problem, on: scalarBackend, seed: 1)
        expected.runWhole()
        for backend in backends {
            let run = try AttentionRun(problem, on: backend, seed: 2)
            run.step(problem.lengths.indices.reversed().map { ($0, problem.lengths[$0]) })
            #expect(run.outputs == expected.outputs, "\(backend.name), \(backend.threadCount) threads")
        }
    }

    @Test(arguments: (problems + adjusted).indices)
    func answersDoNotDependOnChunksCompanyBlocksThreadsOrInstructionSet(_ index: Int) throws {
        let problem = (Self.problems + Self.adjusted)[index]
        let expected = try AttentionRun(problem, on: scalarBackend, seed: 1)
        expected.runWhole()
        for backend in backends {
            let whole = try AttentionRun(problem, on: backend, seed: 2)
            whole.runWhole()
            #expect(whole.outputs == expected.outputs, "\(backend.name), \(backend.threadCount) threads, whole")
            for seed in 3..<UInt64(6) {
                let mixed = try AttentionRun(problem, on: backend, seed: seed)
                mixed.runMixed(seed: seed)
                #expect(
                    mixed.outputs == expected.outputs,
                    "\(backend.name), \(backend.threadCount) threads, seed \(seed)"
                )
            }
        }
    }

    /// Long enough for the partitions of one sequence to be shared by threads, in more than one wave.
    @Test(arguments: [DType.bfloat16, .int8])
    func longContextsSplitOverThreadsWithoutChangingBits(_ dtype: DType) throws {
        let problem = AttentionProblem(
            heads: 2,
            kvHeads: 1,
            dimension: 16,
            dtype: dtype,
            blockSize: 16,
            lengths: [8500]
        )
        var answers: [[UInt32]] = []
        for threads in [1, 2, 3] {
            let run = try AttentionRun(problem, on: CPUBackend(threads: threads), seed: 1)
            run.step([(0, 8490)])
            for _ in 0..<10 { run.step([(0, 1)]) }
            answers.append(run.outputs[0])
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0] == answers[2])
        let whole = try AttentionRun(problem, on: CPUBackend(threads: 2), seed: 4)
        whole.runWhole()
        #expect(whole.outputs[0] == answers[0])
    }

    /// The blocks before the window lead far outside the cache: who looks there stops.
    @Test(arguments: [1, 2])
    func blocksThatNoWindowReachesAreNotTouched(_ threads: Int) throws {
        let problem = AttentionProblem(
            heads: 2,
            kvHeads: 1,
            dimension: 32,
            window: 1300,
            dtype: .bfloat16,
            blockSize: 16,
            lengths: [2000]
        )
        let backend = CPUBackend(threads: threads)
        let expected = try AttentionRun(problem, on: backend, seed: 1)
        expected.runWhole()
        let run = try AttentionRun(problem, on: backend, seed: 2)
        run.losesBlocksBeforeWindow = true
        for count in [1300, 100, 1, 250, 340] { run.step([(0, count)]) }
        for _ in 0..<9 { run.step([(0, 1)]) }
        #expect(run.outputs[0] == expected.outputs[0])
    }

    /// A token that sees only itself gets its own value back, rounded to the type of the cache.
    @Test(arguments: [DType.float32, .bfloat16, .float16])
    func valuesAreRoundedToNearestEven(_ dtype: DType) throws {
        var generator = SeededGenerator(seed: 9)
        for backend in backends {
            var problem = AttentionProblem(
                heads: 1,
                kvHeads: 1,
                dimension: 64,
                window: 1,
                dtype: dtype,
                blockSize: 16,
                lengths: [200]
            )
            for index in problem.values[0].values.indices {
                let exponent = Int.random(in: -26...15, using: &generator)
                let ties = Float(Int.random(in: 0..<1 << 13, using: &generator)) / Float(1 << 12)
                problem.values[0].values[index] = ties * Float(sign: .plus, exponent: exponent, significand: 1)
            }
            let run = try AttentionRun(problem, on: backend, seed: 1)
            run.runWhole()
            let expected = problem.values[0].values.map { dtype.rounded($0).bitPattern }
            #expect(run.outputs[0] == expected, "\(backend.name)")
        }
    }

    /// A token that sees only itself gets its own value back, as the cache keeps it.
    @Test func valuesAreKeptInBytesWithAScale() throws {
        let width = 24
        var problem = AttentionProblem(
            heads: 2,
            kvHeads: 2,
            dimension: width,
            window: 1,
            dtype: .int8,
            blockSize: 16,
            lengths: [40]
        )
        let set = { (problem: inout AttentionProblem, head: Int, values: [Float]) in
            problem.values[0].values.replaceSubrange(head * width..<(head + 1) * width, with: values)
        }
        let counting = (0..<width).map { Float($0 - width / 2) }
        set(&problem, 0, counting.map { _ in 0 })
        set(&problem, 1, counting.map { $0 * 0x1p-120 })
        set(&problem, 2, counting.map { $0 * 0x1p120 })
        set(&problem, 3, counting.map { $0 * 0x1p-80 })
        // halves of a step: ties
        set(&problem, 4, [127] + counting.dropFirst().map { $0 + 0.5 })
        for backend in backends {
            let run = try AttentionRun(problem, on: backend, seed: 1)
            run.runWhole()
            for (index, value) in problem.values[0].values.enumerated() {
                let start = index / width * width
                let kept = DType.int8.kept(problem.values[0].values[start..<start + width])[index - start]
                let found = Double(Float(bitPattern: run.outputs[0][index]))
                #expect(abs(found - kept) <= 1e-6 * abs(kept), "\(value) at \(index) is \(found), not \(kept)")
            }
        }
    }

    /// A key or value that is not finite shows in what sees it, and in nothing else.
    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteStaysWithItsHead(_ value: Float) throws {
        let problem = AttentionProblem(
            heads: 2,
            kvHeads: 2,
            dimension: 16,
            dtype: .int8,
            blockSize: 16,
            lengths: [20]
        )
        var broken = problem
        broken.values[0].values[10 * 32 + 3] = value
        for backend in backends {
            let expected = try AttentionRun(problem, on: backend, seed: 1)
            expected.runWhole()
            let run = try AttentionRun(broken, on: backend, seed: 1)
            run.runWhole()
            for (index, bits) in run.outputs[0].enumerated() {
                if index / 32 >= 10, index % 32 < 16 {
                    #expect(Float(bitPattern: bits).isNaN)
                } else {
                    #expect(bits == expected.outputs[0][index])
                }
            }
        }
    }

    @Test(arguments: [DType.float32, .bfloat16, .float16, .int8], [1, 5, 16, 24, 64])
    func cacheTakesTheMemoryPlannedForIt(_ dtype: DType, _ blockSize: Int) throws {
        let spec = KVCacheSpec(layerCount: 3, kvHeadCount: 2, headDimension: 20)
        let cache = try scalarBackend.makeKVCache(spec: spec, dtype: dtype, blockCount: 7, blockSize: blockSize)
        let size = (cache.keys + cache.values).reduce(0) { $0 + $1.storage.byteCount }
        #expect(size == 7 * spec.bytesPerBlock(dtype, blockSize: blockSize))
    }

    @Test func copiedBlocksHoldTheSameTokens() throws {
        let problem = AttentionProblem(
            heads: 2,
            kvHeads: 2,
            dimension: 32,
            dtype: .float16,
            blockSize: 8,
            lengths: [8, 8]
        )
        let run = try AttentionRun(problem, on: scalarBackend, seed: 1)
        run.runWhole()
        let row = { (block: Int, tensors: [Tensor]) in
            tensors.map { tensor in
                (0..<tensor.rowElementCount).map { index in
                    unsafe tensor.hostPointer(as: UInt16.self)[block * tensor.rowStride + index]
                }
            }
        }
        let cache = run.cache
        scalarBackend.copyBlocks([(from: 0, to: 4), (from: 1, to: 0), (from: 0, to: 3)], in: cache)
        #expect(row(3, cache.keys + cache.values) == row(1, cache.keys + cache.values))
        #expect(row(0, cache.keys + cache.values) == row(1, cache.keys + cache.values))
    }
}
