import MartletModels
import MartletTensors

/// Turns a scheduled step into a batch for the model: the one place where ids become plain buffers.
///
/// All tensors are allocated once for the greatest batch; the host arrays keep their capacity.
final class ModelRunner {
    private let model: any LanguageModel
    private let backend: any Backend
    private let cache: KVCache
    /// `[maxLogitsRows, vocabularySize]`, float32.
    private let logits: Tensor
    private var tokenIDs: IndexBuffer
    private var positions: IndexBuffer
    private var slotMapping: IndexBuffer
    private var queryStarts: IndexBuffer
    private var contextLengths: IndexBuffer
    private var blockTables: IndexBuffer
    private var logitsIndices: IndexBuffer

    /// Allocates the cache and the batch's tensors.
    init(model: any LanguageModel, backend: any Backend, configuration: EngineConfiguration) throws(BackendError) {
        self.model = model
        self.backend = backend
        cache = try backend.makeKVCache(
            spec: model.kvCacheSpec,
            dtype: configuration.kvCacheDType,
            blockCount: configuration.blockCount,
            blockSize: configuration.blockSize
        )
        let tokens = configuration.maxBatchedTokens
        let sequences = min(configuration.maxSequences, tokens)
        let blocks = (configuration.maxModelLength + configuration.blockSize - 1) / configuration.blockSize
        logits = Tensor(
            storage: try backend.allocate(byteCount: sequences * model.vocabularySize * 4),
            dtype: .float32,
            shape: Shape(sequences, model.vocabularySize)
        )
        tokenIDs = try IndexBuffer(capacity: tokens, backend)
        positions = try IndexBuffer(capacity: tokens, backend)
        slotMapping = try IndexBuffer(capacity: tokens, backend)
        queryStarts = try IndexBuffer(capacity: sequences + 1, backend)
        contextLengths = try IndexBuffer(capacity: sequences, backend)
        blockTables = try IndexBuffer(capacity: sequences * blocks, backend)
        logitsIndices = try IndexBuffer(capacity: sequences, backend)
    }

    /// Computes the step and returns the wanted logits, `[logitsCount, vocabularySize]`.
    func execute(_ output: SchedulerOutput) throws(BackendError) -> Tensor {
        if !output.blockCopies.isEmpty { backend.copyBlocks(output.blockCopies, in: cache) }
        let batch = makeBatch(output)
        let rows = logits.prefix(rows: output.logitsCount)
        try model.forward(batch, cache: cache, logits: rows)
        return rows
    }

    private func makeBatch(_ output: SchedulerOutput) -> ForwardBatch {
        let width = output.entries.reduce(1) { max($0, $1.sequence.blockTable.count) }
        clear()
        for entry in output.entries {
            append(entry, tableWidth: width)
        }
        queryStarts.values.append(Int32(output.tokenCount))
        let sequences = output.entries.count
        let attention = AttentionBatch(
            positions: positions.upload(),
            slotMapping: slotMapping.upload(),
            queryStarts: queryStarts.upload(),
            contextLengths: contextLengths.upload(),
            blockTables: blockTables.upload(rows: sequences, columns: width),
            sequenceCount: sequences,
            tokenCount: output.tokenCount
        )
        return ForwardBatch(
            tokenIDs: tokenIDs.upload(),
            logitsIndices: logitsIndices.upload(),
            logitsCount: output.logitsCount,
            attention: attention
        )
    }

    private func append(_ entry: SchedulerOutput.Entry, tableWidth: Int) {
        let sequence = entry.sequence
        let blockSize = cache.blockSize
        let start = sequence.computedTokenCount
        let end = start + entry.tokenCount
        let first = tokenIDs.values.count
        queryStarts.values.append(Int32(first))
        contextLengths.values.append(Int32(end))
        tokenIDs.values.append(contentsOf: sequence.tokenIDs[start..<end])
        for position in start..<end {
            positions.values.append(Int32(position))
            let block = Int(sequence.blockTable[position / blockSize].rawValue)
            slotMapping.values.append(Int32(block * blockSize + position % blockSize))
        }
        for block in sequence.blockTable { blockTables.values.append(block.rawValue) }
        for _ in sequence.blockTable.count..<tableWidth { blockTables.values.append(0) }
        for place in entry.promptRows { logitsIndices.values.append(Int32(first + place - start)) }
        if entry.wantsLogits { logitsIndices.values.append(Int32(tokenIDs.values.count - 1)) }
    }

    private func clear() {
        tokenIDs.values.removeAll(keepingCapacity: true)
        positions.values.removeAll(keepingCapacity: true)
        slotMapping.values.removeAll(keepingCapacity: true)
        queryStarts.values.removeAll(keepingCapacity: true)
        contextLengths.values.removeAll(keepingCapacity: true)
        blockTables.values.removeAll(keepingCapacity: true)
        logitsIndices.values.removeAll(keepingCapacity: true)
    }
}

/// Integers that are gathered on the host and sent to the device as one tensor.
private struct IndexBuffer {
    var values: [Int32] = []
    private let storage: Storage
    private let backend: any Backend

    init(capacity: Int, _ backend: any Backend) throws(BackendError) {
        storage = try backend.allocate(byteCount: capacity * DType.int32.byteCount)
        self.backend = backend
        values.reserveCapacity(capacity)
    }

    func upload() -> Tensor { upload(shape: [values.count]) }

    func upload(rows: Int, columns: Int) -> Tensor { upload(shape: Shape(rows, columns)) }

    private func upload(shape: Shape) -> Tensor {
        let tensor = Tensor(storage: storage, dtype: .int32, shape: shape)
        backend.upload(values, to: tensor)
        return tensor
    }
}
