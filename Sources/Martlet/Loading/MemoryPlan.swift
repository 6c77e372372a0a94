package import MartletTensors

/// What the memory is used for, computed before anything is loaded.
package struct MemoryPlan: Sendable, Hashable {
    /// What is known before the plan is made.
    package struct Demand: Sendable {
        /// The checkpoint's tensors, mapped or converted.
        package var weightByteCount: Int
        /// Activations and logits of the largest step.
        package var scratchByteCount: Int
        /// What the model needs of the cache.
        package var spec: KVCacheSpec
        /// The cache's element type.
        package var kvCacheDType: DType
        /// The longest sequence the model was made for.
        package var maxPositions: Int

        /// A demand.
        package init(
            weightByteCount: Int,
            scratchByteCount: Int,
            spec: KVCacheSpec,
            kvCacheDType: DType,
            maxPositions: Int
        ) {
            self.weightByteCount = weightByteCount
            self.scratchByteCount = scratchByteCount
            self.spec = spec
            self.kvCacheDType = kvCacheDType
            self.maxPositions = maxPositions
        }
    }

    /// The checkpoint's tensors.
    package var weightByteCount: Int
    /// Activations and logits.
    package var scratchByteCount: Int
    /// The key/value cache.
    package var kvCacheByteCount: Int
    /// The longest sequence, in tokens.
    package var maxModelLength: Int
    /// The number of cache blocks.
    package var blockCount: Int
    /// The number of tokens of a block.
    package var blockSize: Int
    /// The share of the machine's memory that may be used, in bytes.
    package var budgetByteCount: Int
    /// Why length or cache are smaller than the model would allow; empty when they are not.
    package var notes: [String]

    /// The default cache holds at most this much.
    package static let defaultKVCacheByteLimit = 4 << 30
    /// The process itself: code, tokenizer, connections.
    package static let processByteCount = 150 << 20

    /// Decides length and cache.
    ///
    /// The cache holds what `maxSequences` sequences of full length need, at most 4 GiB and what is free, unless its size
    /// is given; without a given length the length shrinks to what the cache holds.
    ///
    /// - Throws: `LoadError.memory` with the table and the flag that would make it fit.
    package static func make(
        demand: Demand,
        options: ModelOptions,
        memory: MachineMemory
    ) throws(LoadError) -> MemoryPlan {
        let blockSize = options.blockSize
        let bytesPerBlock = max(1, demand.spec.bytesPerBlock(demand.kvCacheDType, blockSize: blockSize))
        let budget = Int(Double(memory.totalByteCount) * options.memoryUtilization)
        let free =
            min(budget, memory.availableByteCount) - demand.weightByteCount - demand.scratchByteCount - processByteCount
        var plan = MemoryPlan(
            weightByteCount: demand.weightByteCount,
            scratchByteCount: demand.scratchByteCount,
            kvCacheByteCount: 0,
            maxModelLength: options.maxModelLength ?? demand.maxPositions,
            blockCount: 0,
            blockSize: blockSize,
            budgetByteCount: budget,
            notes: []
        )

        let blocksPerSequence = max(0, plan.maxModelLength - 1) / blockSize + 1
        let wantedBlocks = min(product(blocksPerSequence, options.maxSequences), Int.max / bytesPerBlock)
        let available: Int
        if let fixed = options.kvCacheByteCount {
            available = fixed / bytesPerBlock
            guard fixed <= free else {
                throw .memory(
                    plan.table(kvCacheByteCount: fixed),
                    hint: free < bytesPerBlock ? needMemory : "lower --kv-cache-memory-bytes to \(free)"
                )
            }
        } else {
            let given = options.maxModelLength == nil ? 0 : product(blocksPerSequence, bytesPerBlock)
            available = max(0, min(max(defaultKVCacheByteLimit, given), free)) / bytesPerBlock
        }
        plan.blockCount = min(wantedBlocks, available)
        plan.kvCacheByteCount = plan.blockCount * bytesPerBlock
        if plan.blockCount < blocksPerSequence {
            guard options.maxModelLength == nil, plan.blockCount * blockSize >= 16 else {
                throw .memory(
                    plan.table(kvCacheByteCount: product(blocksPerSequence, bytesPerBlock)),
                    hint: plan.hint(options: options, bytesPerBlock: bytesPerBlock, wanted: blocksPerSequence)
                )
            }
            plan.maxModelLength = plan.blockCount * blockSize
            plan.notes.append(
                "the length is \(plan.maxModelLength) of the model's \(demand.maxPositions) tokens: that is what the cache holds "
                    + "(--kv-cache-memory-bytes, --max-model-len)"
            )
        } else if plan.blockCount < wantedBlocks {
            plan.notes.append(
                "the cache holds \(plan.blockCount * blockSize) tokens, less than \(options.maxSequences) sequences of full length: "
                    + "requests wait or are recomputed when it is full (--kv-cache-memory-bytes)"
            )
        }
        return plan
    }

    private static let needMemory = "raise --gpu-memory-utilization or use a machine with more memory"

    /// What would make one sequence fit.
    private func hint(options: ModelOptions, bytesPerBlock: Int, wanted: Int) -> String {
        if blockCount > 0 { return "lower --max-model-len to \(blockCount * blockSize) or less" }
        if options.kvCacheByteCount == nil { return Self.needMemory }
        let least = options.maxModelLength == nil ? min(wanted, 15 / blockSize + 1) : wanted
        return "raise --kv-cache-memory-bytes to \(Self.product(bytesPerBlock, least)) or more"
    }

    /// The product, or the largest number where that is more.
    private static func product(_ a: Int, _ b: Int) -> Int {
        let (value, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? .max : value
    }

    /// The plan as lines of text for the start banner and for refusals.
    package func table(kvCacheByteCount: Int? = nil) -> String {
        let rows = [
            ("weights", weightByteCount), ("scratch", scratchByteCount),
            ("KV cache", kvCacheByteCount ?? self.kvCacheByteCount), ("process", Self.processByteCount),
        ]
        let total = rows.reduce(0) { sum, row in
            let (value, overflow) = sum.addingReportingOverflow(row.1)
            return overflow ? .max : value
        }
        let lines = (rows + [("together", total), ("allowed", budgetByteCount)]).map { name, bytes in
            "  " + name + String(repeating: " ", count: 10 - name.count) + ByteCount.text(bytes)
        }
        return lines.joined(separator: "\n")
    }
}

/// Sizes as people read them.
package enum ByteCount {
    /// A size in the largest unit that leaves a whole number: `1.2 GiB`, `340.0 MiB` or `12 B`.
    package static func text(_ bytes: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
