import CMartletKernels
import MartletTensors

/// The arguments of one call of attention.
@safe
struct AttentionCall {
    let queries: Tensor
    let output: Tensor
    let batch: AttentionBatch
    /// The layer of the cache and what holds for all heads.
    let shape: ck_attention
    /// The blocks of the cache.
    let blockCount: Int
    /// Query heads of one key/value head.
    let group: Int
    private let slopes: Tensor?
    private let sinks: Tensor?
    private let distanceBias: Tensor?

    init(
        queries: Tensor,
        output: Tensor,
        batch: AttentionBatch,
        shape: ck_attention,
        blockCount: Int,
        parameters: AttentionParameters
    ) {
        self.queries = queries
        self.output = output
        self.batch = batch
        unsafe self.shape = unsafe shape
        self.blockCount = blockCount
        group = parameters.headCount / parameters.kvHeadCount
        slopes = parameters.slopes
        sinks = parameters.sinks
        distanceBias = parameters.distanceBias
    }

    /// The slopes of the query heads of a key/value head.
    @unsafe
    func slopes(head: Int) -> UnsafePointer<Float>? {
        unsafe slopes.map { unsafe UnsafePointer($0.hostPointer(as: Float.self) + head * group) }
    }

    /// The biases at the distance 0 of the first query head of a key/value head.
    @unsafe
    func bias(head: Int) -> UnsafePointer<Float>? {
        unsafe distanceBias.map { bias in
            unsafe UnsafePointer(bias.floats(row: head * group) + (bias.rowElementCount - 1) / 2)
        }
    }

    /// The sinks of the query heads of a key/value head.
    @unsafe
    func sinks(head: Int) -> UnsafePointer<Float>? {
        unsafe sinks.map { unsafe UnsafePointer($0.hostPointer(as: Float.self) + head * group) }
    }

    /// The rows of queries of a sequence.
    func rows(_ sequence: Int) -> Range<Int> {
        let starts = unsafe batch.queryStarts.hostPointer(as: Int32.self)
        return unsafe Int(starts[sequence])..<Int(starts[sequence + 1])
    }

    /// The tokens of a sequence in the cache.
    func context(_ sequence: Int) -> Int {
        Int(unsafe batch.contextLengths.hostPointer(as: Int32.self)[sequence])
    }

    /// Groups of query rows (tokens × heads of one group) of a sequence.
    func tiles(_ sequence: Int) -> Int {
        (rows(sequence).count * group + Int(CK_ATTENTION_ROWS) - 1) / Int(CK_ATTENTION_ROWS)
    }

    /// The blocks of a sequence.
    @unsafe
    func blockTable(_ sequence: Int) -> UnsafePointer<Int32> {
        unsafe UnsafePointer(batch.blockTables.hostPointer(as: Int32.self) + sequence * batch.blockTables.rowStride)
    }

    /// Stops when a sequence's rows, context or blocks do not lie inside what they refer to.
    func check(_ sequence: Int) {
        let rows = rows(sequence)
        let context = context(sequence)
        precondition(
            rows.upperBound <= batch.tokenCount && rows.count <= context,
            "sequence \(sequence): rows \(rows), context \(context)"
        )
        let reach = distanceBias.map { ($0.rowElementCount + 1) / 2 } ?? context
        precondition(context <= reach, "sequence \(sequence): context \(context) beyond the bias of \(reach)")
        let blockSize = unsafe shape.block_size
        let blocks = (context + blockSize - 1) / blockSize
        precondition(blocks <= batch.blockTables.rowElementCount, "sequence \(sequence): \(blocks) blocks")
        let window = unsafe shape.window
        let firstSeen = window > 0 ? max(0, context - rows.count + 1 - window) : 0
        let table = unsafe blockTable(sequence)
        for block in firstSeen / blockSize..<max(firstSeen / blockSize, blocks) {
            let index = Int(unsafe table[block])
            precondition(index >= 0 && index < blockCount, "sequence \(sequence): block \(index) of \(blockCount)")
        }
    }
}

/// Some query rows of one sequence and one key/value head.
@safe
struct AttentionTask {
    /// The partitions that some row sees.
    let partitions: Range<Int>

    private let rows: ck_attention_rows
    private let shape: ck_attention
    private let output: ck_attention_output

    /// Floats of a partition's result for at most `rowCount` rows.
    static func resultCount(_ headDimension: Int, rowCount: Int) -> Int {
        (2 * rowCount + 15) / 16 * 16 + ck_attention_partial_count(headDimension, rowCount)
    }

    /// A task whose greatest scores and sums of weights are kept in `state`, two floats for each row.
    @unsafe
    init(_ call: AttentionCall, sequence: Int, head: Int, tile: Int, state: UnsafeMutablePointer<Float>) {
        let tokens = call.rows(sequence)
        let offset = unsafe head * call.group * call.shape.head_dimension
        var rows = unsafe ck_attention_rows()
        unsafe rows.queries = UnsafePointer(call.queries.floats(row: tokens.lowerBound) + offset)
        unsafe rows.stride = call.queries.rowStride
        unsafe rows.group = call.group
        unsafe rows.first = tile * Int(CK_ATTENTION_ROWS)
        unsafe rows.rows = min(Int(CK_ATTENTION_ROWS), tokens.count * call.group - rows.first)
        unsafe rows.position = call.context(sequence) - tokens.count
        var shape = unsafe call.shape
        unsafe shape.block_table = call.blockTable(sequence)
        unsafe shape.kv_head = head
        unsafe shape.slopes = call.slopes(head: head)
        unsafe shape.bias = call.bias(head: head)
        let context = call.context(sequence)
        unsafe shape.context = call.batch.isCausal ? 0 : context
        let first = unsafe rows.position + rows.first / call.group
        var last = unsafe rows.position + (rows.first + rows.rows - 1) / call.group
        let window = unsafe shape.window
        if !call.batch.isCausal { last = window > 0 ? min(last + window, context) - 1 : context - 1 }
        let begin = window > 0 ? max(0, first + 1 - window) : 0
        partitions = begin / Int(CK_ATTENTION_PARTITION)..<last / Int(CK_ATTENTION_PARTITION) + 1
        unsafe output = unsafe ck_attention_output(
            output: call.output.floats(row: tokens.lowerBound) + offset,
            stride: call.output.rowStride,
            maxima: state,
            sums: state + rows.rows,
            sinks: call.sinks(head: head)
        )
        unsafe self.rows = unsafe rows
        unsafe self.shape = unsafe shape
    }

    /// Makes the outputs zero.
    func begin(_ kernels: UnsafePointer<ck_kernels>) {
        var (output, rows) = unsafe (output, rows)
        unsafe kernels.pointee.attention_begin(&output, &rows, shape.head_dimension)
    }

    /// Attention over one partition, into `memory` of `resultCount` floats.
    @unsafe
    func attend(
        _ kernels: UnsafePointer<ck_kernels>,
        partition: Int,
        into memory: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var (shape, rows, result) = unsafe (shape, rows, result(at: memory))
        unsafe kernels.pointee.attention_partition(&shape, &rows, partition, &result, scratch)
    }

    /// Adds the result of a partition, in ascending order of partitions, to the outputs.
    @unsafe
    func combine(_ kernels: UnsafePointer<ck_kernels>, from memory: UnsafeMutablePointer<Float>) {
        var (output, rows, result) = unsafe (output, rows, result(at: memory))
        unsafe kernels.pointee.attention_combine(&output, &rows, &result, shape.head_dimension)
    }

    /// Divides the outputs by the sums of weights.
    func finish(_ kernels: UnsafePointer<ck_kernels>) {
        var (output, rows) = unsafe (output, rows)
        unsafe kernels.pointee.attention_finish(&output, &rows, shape.head_dimension)
    }

    @unsafe
    private func result(at memory: UnsafeMutablePointer<Float>) -> ck_attention_result {
        let count = unsafe rows.rows
        return unsafe ck_attention_result(
            partial: memory + (2 * count + 15) / 16 * 16,
            maxima: memory,
            sums: memory + count
        )
    }
}
