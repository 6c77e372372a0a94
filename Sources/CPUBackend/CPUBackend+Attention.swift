import CMartletKernels
package import MartletTensors

extension CPUBackend {
    /// Partitions of one unit of work when a sequence is split over threads.
    private static let partitionsPerUnit = 4
    private static let partition = Int(CK_ATTENTION_PARTITION)
    private static let rowsPerTask = Int(CK_ATTENTION_ROWS)

    package func makeKVCache(
        spec: KVCacheSpec,
        dtype: DType,
        blockCount: Int,
        blockSize: Int
    ) throws(BackendError) -> KVCache {
        precondition(blockCount >= 0 && blockSize > 0, "a cache of \(blockCount) blocks of \(blockSize)")
        let keyCount = ck_key_count(blockCount, blockSize, spec.kvHeadCount, spec.headDimension)
        let valueCount = blockCount * blockSize * spec.kvHeadCount * spec.headDimension
        var keys: [Tensor] = []
        var values: [Tensor] = []
        for _ in 0..<spec.layerCount {
            keys.append(try cacheTensor(dtype, blockCount: blockCount, elementCount: keyCount))
            values.append(try cacheTensor(dtype, blockCount: blockCount, elementCount: valueCount))
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

    private func cacheTensor(_ dtype: DType, blockCount: Int, elementCount: Int) throws(BackendError) -> Tensor {
        let storage = try allocate(byteCount: elementCount * dtype.byteCount)
        return Tensor(storage: storage, dtype: dtype, shape: Shape(blockCount, elementCount / max(blockCount, 1)))
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
                unsafe kernels.pointee.write_kv(
                    &shape,
                    cache.keys[layer].rowAddress(0),
                    cache.values[layer].rowAddress(0),
                    keys.floats(row: row),
                    values.floats(row: row),
                    slot
                )
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
        let call = unsafe AttentionCall(
            queries: queries,
            output: output,
            batch: batch,
            shape: shape,
            blockCount: cache.blockCount,
            group: parameters.headCount / parameters.kvHeadCount
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
        unsafe shape.keys = UnsafeRawPointer(cache.keys[layer].rowAddress(0))
        unsafe shape.values = UnsafeRawPointer(cache.values[layer].rowAddress(0))
        unsafe shape.format = cache.dtype.kernelFormat
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
    private func task(_ index: Int, of call: AttentionCall) -> AttentionTask {
        var low = 0
        var high = taskStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if taskStarts[middle] <= index { low = middle } else { high = middle }
        }
        let tiles = call.tiles(low)
        let rest = index - taskStarts[low]
        return AttentionTask(call, sequence: low, head: rest / tiles, tile: rest % tiles)
    }

    /// Every task by one thread, partition after partition.
    private func attendWhole(_ call: AttentionCall, tasks: Int) {
        let dimension = unsafe call.shape.head_dimension
        let scratchCount = Int(ck_attention_scratch_count(dimension))
        let resultCount = AttentionTask.resultCount(dimension)
        let perWorker = (scratchCount + resultCount + 15) / 16 * 16
        let memory = unsafe scratchMemory(count: perWorker * pool.threadCount)
        pool.run(count: tasks) { worker, index in
            let own = unsafe memory + worker * perWorker
            let task = task(index, of: call)
            var running = unsafe RunningAttention(task)
            for partition in task.partitions {
                let result = unsafe task.result(at: own + scratchCount)
                unsafe task.attend(kernels, partition: partition, result: result, scratch: own)
                unsafe running.combine(kernels, task, result)
            }
            unsafe running.finish(kernels, task)
        }
    }

    /// The partitions of every task shared by the threads, then combined in the same order as by one thread.
    private func attendSplit(_ call: AttentionCall, tasks: Int) {
        let dimension = unsafe call.shape.head_dimension
        let scratchCount = (Int(ck_attention_scratch_count(dimension)) + 15) / 16 * 16
        let resultCount = AttentionTask.resultCount(dimension)
        let partitions = (0..<tasks).reduce(0) { max($0, task($1, of: call).partitions.count) }
        let units = (partitions + Self.partitionsPerUnit - 1) / Self.partitionsPerUnit
        let memory = unsafe scratchMemory(
            count: scratchCount * pool.threadCount + resultCount * partitions * tasks
        )
        let results = unsafe memory + scratchCount * pool.threadCount
        pool.run(count: tasks * units) { worker, index in
            let task = task(index / units, of: call)
            let first = index % units * Self.partitionsPerUnit
            for place in first..<max(first, min(first + Self.partitionsPerUnit, task.partitions.count)) {
                let result = unsafe task.result(at: results + (index / units * partitions + place) * resultCount)
                unsafe task.attend(
                    kernels,
                    partition: task.partitions.lowerBound + place,
                    result: result,
                    scratch: memory + worker * scratchCount
                )
            }
        }
        for index in 0..<tasks {
            let task = task(index, of: call)
            var running = unsafe RunningAttention(task)
            for place in 0..<task.partitions.count {
                let result = unsafe task.result(at: results + (index * partitions + place) * resultCount)
                unsafe running.combine(kernels, task, result)
            }
            unsafe running.finish(kernels, task)
        }
    }
}
