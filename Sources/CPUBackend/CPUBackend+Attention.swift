import CMartletKernels
package import MartletTensors

extension CPUBackend {
    /// Partitions of one unit of work when a sequence is split over threads, and such units for each thread at a time.
    private static let partitionsPerUnit = 4
    private static let unitsPerThread = 8
    private static let partition = Int(CK_ATTENTION_PARTITION)

    package func makeKVCache(
        spec: KVCacheSpec,
        dtype: DType,
        blockCount: Int,
        blockSize: Int
    ) throws(BackendError) -> KVCache {
        precondition(blockCount >= 0 && blockSize > 0, "a cache of \(blockCount) blocks of \(blockSize)")
        let format = dtype.cacheFormat
        let keySize = ck_key_block_bytes(format, blockSize, spec.kvHeadCount, spec.headDimension)
        let valueSize = ck_value_block_size(format, blockSize, spec.headDimension) * spec.kvHeadCount
        var keys: [Tensor] = []
        var values: [Tensor] = []
        for _ in 0..<spec.layerCount {
            keys.append(try cacheTensor(dtype, blockCount: blockCount, blockByteCount: keySize))
            values.append(try cacheTensor(dtype, blockCount: blockCount, blockByteCount: valueSize))
        }
        return KVCache(
            spec: spec,
            dtype: dtype,
            blockCount: blockCount,
            blockSize: blockSize,
            keys: keys,
            values: values
        )
    }

    private func cacheTensor(_ dtype: DType, blockCount: Int, blockByteCount: Int) throws(BackendError) -> Tensor {
        let storage = try allocate(byteCount: blockCount * blockByteCount)
        return Tensor(storage: storage, dtype: dtype, shape: Shape(blockCount, blockByteCount / dtype.byteCount))
    }

    package func writeKV(keys: Tensor, values: Tensor, to cache: KVCache, layer: Int, batch: AttentionBatch) {
        let width = cache.spec.kvHeadCount * cache.spec.headDimension
        keys.requireFloat32("keys")
        values.requireFloat32("values")
        precondition(
            keys.rowElementCount == width && values.rowElementCount == width && keys.shape[0] >= batch.tokenCount
                && values.shape[0] >= batch.tokenCount,
            "keys \(keys.shape) for rows of \(width)"
        )
        let shape = unsafe cacheShape(cache, layer: layer)
        let slots = unsafe batch.slotMapping.hostPointer(as: Int32.self)
        let slotCount = cache.blockCount * cache.blockSize
        forRows(batch.tokenCount, elements: 2 * width) { rows in
            var shape = unsafe shape
            for row in rows {
                let slot = Int(unsafe slots[row])
                precondition(slot >= 0 && slot < slotCount, "slot \(slot) of \(slotCount)")
                for head in 0..<cache.spec.kvHeadCount {
                    let offset = head * cache.spec.headDimension
                    unsafe shape.kv_head = head
                    unsafe kernels.pointee.write_kv(
                        &shape,
                        keys.floats(row: row) + offset,
                        values.floats(row: row) + offset,
                        slot
                    )
                }
            }
        }
    }

    package func copyBlocks(_ pairs: [(from: Int32, to: Int32)], in cache: KVCache) {
        for pair in pairs {
            let (from, to) = (Int(pair.from), Int(pair.to))
            precondition(
                from >= 0 && to >= 0 && from < cache.blockCount && to < cache.blockCount,
                "copy of block \(from) to \(to) of \(cache.blockCount)"
            )
            for tensor in cache.keys + cache.values where from != to {
                unsafe tensor.rowAddress(to).copyMemory(
                    from: tensor.rowAddress(from),
                    byteCount: tensor.rowElementCount * tensor.dtype.byteCount
                )
            }
        }
    }

    package func attention(
        _ queries: Tensor,
        cache: KVCache,
        layer: Int,
        batch: AttentionBatch,
        parameters: AttentionParameters,
        into output: Tensor
    ) {
        let width = parameters.headCount * parameters.headDimension
        queries.requireFloat32("queries")
        output.requireFloat32("the output of attention")
        precondition(
            queries.rowElementCount == width && output.rowElementCount == width
                && queries.shape[0] >= batch.tokenCount && output.shape[0] >= batch.tokenCount
                && parameters.kvHeadCount == cache.spec.kvHeadCount
                && parameters.headDimension == cache.spec.headDimension
                && parameters.headCount % parameters.kvHeadCount == 0,
            "attention of \(queries.shape) with \(parameters) into \(output.shape)"
        )
        var shape = unsafe cacheShape(cache, layer: layer)
        unsafe shape.window = parameters.slidingWindow ?? 0
        unsafe shape.scale = parameters.scale
        unsafe shape.soft_cap = parameters.softCap ?? 0
        for heads in [parameters.slopes, parameters.sinks] {
            precondition(
                heads.map { $0.dtype == .float32 && $0.shape.elementCount == parameters.headCount } ?? true,
                "one number for each of \(parameters.headCount) heads"
            )
        }
        if let bias = parameters.distanceBias {
            bias.requireFloat32("the distance bias")
            precondition(bias.shape[0] == parameters.headCount, "a distance bias \(bias.shape)")
            unsafe shape.bias_stride = bias.rowStride
        }
        let call = unsafe AttentionCall(
            queries: queries,
            output: output,
            batch: batch,
            shape: shape,
            blockCount: cache.blockCount,
            parameters: parameters
        )
        let tasks = listTasks(call)
        let longest = (0..<batch.sequenceCount).reduce(0) { max($0, call.context($1)) }
        if tasks < 2 * pool.threadCount, pool.threadCount > 1, longest > 2 * Self.partitionsPerUnit * Self.partition {
            attendSplit(call, tasks: tasks)
        } else {
            attendWhole(call, tasks: tasks)
        }
    }

    @unsafe
    private func cacheShape(_ cache: KVCache, layer: Int) -> ck_attention {
        var shape = unsafe ck_attention()
        unsafe shape.keys = cache.keys[layer].rowAddress(0)
        unsafe shape.values = cache.values[layer].rowAddress(0)
        unsafe shape.format = cache.dtype.cacheFormat
        unsafe shape.block_size = cache.blockSize
        unsafe shape.kv_heads = cache.spec.kvHeadCount
        unsafe shape.head_dimension = cache.spec.headDimension
        return unsafe shape
    }

    /// Fills `taskStarts` with the first task of each sequence and returns the number of tasks.
    ///
    /// A task is some query rows of one sequence and one key/value head.
    private func listTasks(_ call: AttentionCall) -> Int {
        taskStarts.removeAll(keepingCapacity: true)
        var total = 0
        for sequence in 0..<call.batch.sequenceCount {
            call.check(sequence)
            taskStarts.append(total)
            total += unsafe call.tiles(sequence) * call.shape.kv_heads
        }
        return total
    }

    /// The rows of a task.
    @unsafe
    private func task(_ index: Int, of call: AttentionCall, state: UnsafeMutablePointer<Float>) -> AttentionTask {
        var low = 0
        var high = taskStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if taskStarts[middle] <= index { low = middle } else { high = middle }
        }
        let tiles = call.tiles(low)
        let rest = index - taskStarts[low]
        return unsafe AttentionTask(call, sequence: low, head: rest / tiles, tile: rest % tiles, state: state)
    }

    /// Every task by one thread, partition after partition.
    private func attendWhole(_ call: AttentionCall, tasks: Int) {
        let layout = AttentionLayout(call)
        let perWorker = layout.scratchCount + layout.resultCount + layout.stateCount
        let memory = unsafe scratchMemory(count: perWorker * pool.threadCount)
        pool.run(count: tasks) { worker, index in
            let own = unsafe memory + worker * perWorker
            let result = unsafe own + layout.scratchCount
            let task = unsafe task(index, of: call, state: result + layout.resultCount)
            unsafe task.begin(kernels)
            for partition in task.partitions {
                unsafe task.attend(kernels, partition: partition, into: result, scratch: own)
                unsafe task.combine(kernels, from: result)
            }
            unsafe task.finish(kernels)
        }
    }

    /// The partitions of every task shared by the threads, then combined in the same order as by one thread.
    ///
    /// In waves of some partitions of every task, so that results take memory for the threads, not for the context.
    private func attendSplit(_ call: AttentionCall, tasks: Int) {
        let layout = AttentionLayout(call)
        let units = (Self.unitsPerThread * pool.threadCount + tasks - 1) / tasks
        let wave = units * Self.partitionsPerUnit
        let memory = unsafe scratchMemory(
            count: layout.scratchCount * pool.threadCount + (layout.stateCount + layout.resultCount * wave) * tasks
        )
        let states = unsafe memory + layout.scratchCount * pool.threadCount
        let results = unsafe states + layout.stateCount * tasks
        let task = { (index: Int) in unsafe self.task(index, of: call, state: states + index * layout.stateCount) }
        let result = { (index: Int, place: Int) in unsafe results + (index * wave + place) * layout.resultCount }
        let partitions = (0..<tasks).reduce(0) { max($0, task($1).partitions.count) }
        for index in 0..<tasks { unsafe task(index).begin(kernels) }
        for start in stride(from: 0, to: partitions, by: wave) {
            pool.run(count: tasks * units) { worker, number in
                let task = task(number / units)
                let first = number % units * Self.partitionsPerUnit
                let end = min(first + Self.partitionsPerUnit, task.partitions.count - start)
                for place in first..<max(first, end) {
                    unsafe task.attend(
                        kernels,
                        partition: task.partitions.lowerBound + start + place,
                        into: result(number / units, place),
                        scratch: memory + worker * layout.scratchCount
                    )
                }
            }
            pool.run(count: tasks) { _, index in
                let task = task(index)
                for place in 0..<max(0, min(wave, task.partitions.count - start)) {
                    unsafe task.combine(kernels, from: result(index, place))
                }
            }
        }
        for index in 0..<tasks { unsafe task(index).finish(kernels) }
    }
}

/// The sizes of one call's scratch memory, in floats, each in whole cache lines.
private struct AttentionLayout {
    /// What a thread needs to attend.
    let scratchCount: Int
    /// A partition's result.
    let resultCount: Int
    /// The greatest scores and sums of weights of a task.
    let stateCount: Int

    init(_ call: AttentionCall) {
        let dimension = unsafe call.shape.head_dimension
        let tokens = (0..<call.batch.sequenceCount).reduce(0) { max($0, call.rows($1).count) }
        let rows = min(Int(CK_ATTENTION_ROWS), tokens * call.group)
        scratchCount = (Int(ck_attention_scratch_count(dimension)) + 15) / 16 * 16
        resultCount = AttentionTask.resultCount(dimension, rowCount: rows)
        stateCount = (2 * rows + 15) / 16 * 16
    }
}

extension DType {
    /// The kernels' name of a cache's type.
    ///
    /// - Precondition: float32, bfloat16, float16 or int8.
    fileprivate var cacheFormat: ck_kv_format {
        switch self {
        case .float32: CK_KV_FLOAT32
        case .bfloat16: CK_KV_BFLOAT16
        case .float16: CK_KV_FLOAT16
        case .int8: CK_KV_INT8
        case .int32, .uint8: preconditionFailure("no cache of \(name)")
        }
    }
}
