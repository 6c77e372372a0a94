/// Gives sequences their cache blocks and finds prompts that were computed before.
///
/// It knows tokens and block numbers; the memory behind them is the backend's. Blocks are never written after they are
/// full, so sharing needs no copy but one: the last, partly filled block of a prompt when its choices part.
struct KVCacheManager {
    let blockSize: Int
    let isPrefixCachingEnabled: Bool
    let hasher: BlockHasher
    private(set) var pool: BlockPool
    /// Copies that have to be made before the next batch is run, in order.
    private var pendingCopies: [(from: Int32, to: Int32)] = []

    init(blockCount: Int, blockSize: Int, isPrefixCachingEnabled: Bool, hasher: BlockHasher) {
        self.blockSize = blockSize
        self.isPrefixCachingEnabled = isPrefixCachingEnabled
        self.hasher = hasher
        pool = BlockPool(blockCount: blockCount)
    }

    /// The share of the blocks in use, 0…1.
    var usage: Double { 1 - Double(pool.freeCount) / Double(pool.blockCount) }

    /// Lets no prompt find what was computed before.
    mutating func forgetPrefixes() { pool.forgetContent() }

    /// Gives a queued sequence blocks for all its known tokens, computed ones where the prefix cache has them.
    ///
    /// The last token is always left to compute: its logits are wanted. Nothing changes when the blocks do not suffice.
    mutating func admit(_ sequence: GenerationSequence) -> Bool {
        precondition(sequence.blockTable.isEmpty, "a queued sequence holds blocks")
        let hits = cachedPrefix(of: sequence)
        let freeHits = hits.count { pool.referenceCount(of: $0) == 0 }
        let missing = blockCount(tokens: sequence.tokenIDs.count) - hits.count
        guard missing + freeHits <= pool.freeCount else { return false }
        for block in hits { pool.retain(block) }
        sequence.blockTable = hits
        sequence.registeredBlockCount = hits.count
        sequence.computedTokenCount = hits.count * blockSize
        let isComplete = allocate(sequence)
        precondition(isComplete, "\(missing) blocks were counted as free")
        return true
    }

    /// Gives a sequence blocks for all its known tokens; `false`, and what was had stays, when none is free.
    mutating func allocate(_ sequence: GenerationSequence) -> Bool {
        while sequence.blockTable.count * blockSize < sequence.tokenIDs.count {
            guard let block = pool.allocate() else { return false }
            sequence.blockTable.append(block)
        }
        return true
    }

    /// Gives a choice the computed prompt of another: full blocks are shared, a partly filled last one is copied.
    ///
    /// `false`, and nothing changes, when no block is free.
    mutating func fork(_ source: GenerationSequence, to target: GenerationSequence) -> Bool {
        precondition(target.blockTable.isEmpty, "a choice that has not parted holds blocks")
        let promptTokens = source.request.promptTokenCount
        let fullBlocks = promptTokens / blockSize
        var table = Array(source.blockTable.prefix(fullBlocks))
        if promptTokens % blockSize != 0 {
            guard let copy = pool.allocate() else { return false }
            pendingCopies.append((from: source.blockTable[fullBlocks].rawValue, to: copy.rawValue))
            table.append(copy)
        }
        for block in table.prefix(fullBlocks) { pool.retain(block) }
        target.blockTable = table
        target.computedTokenCount = promptTokens
        target.registeredBlockCount = min(source.registeredBlockCount, fullBlocks)
        target.blockHashes = Array(source.blockHashes.prefix(fullBlocks))
        return true
    }

    /// Takes a sequence's blocks; the last ones are evicted first.
    mutating func free(_ sequence: GenerationSequence) {
        for block in sequence.blockTable.reversed() { pool.release(block) }
        sequence.blockTable.removeAll()
        sequence.registeredBlockCount = 0
        sequence.computedTokenCount = 0
    }

    /// Lets the blocks that have become full be found by their content.
    mutating func registerFullBlocks(of sequence: GenerationSequence) {
        let fullBlocks = sequence.computedTokenCount / blockSize
        guard isPrefixCachingEnabled, sequence.registeredBlockCount < fullBlocks else { return }
        hasher.extend(
            &sequence.blockHashes,
            tokenIDs: sequence.tokenIDs,
            tokenCount: sequence.computedTokenCount,
            root: sequence.request.rootHash
        )
        for index in sequence.registeredBlockCount..<fullBlocks {
            pool.register(sequence.blockTable[index], as: sequence.blockHashes[index])
        }
        sequence.registeredBlockCount = fullBlocks
    }

    /// The copies to make before the next batch; they are handed over once.
    mutating func takePendingCopies() -> [(from: Int32, to: Int32)] {
        guard !pendingCopies.isEmpty else { return [] }
        defer { pendingCopies.removeAll() }
        return pendingCopies
    }

    private func blockCount(tokens: Int) -> Int { (tokens + blockSize - 1) / blockSize }

    private func cachedPrefix(of sequence: GenerationSequence) -> [BlockID] {
        guard isPrefixCachingEnabled, sequence.promptRows(next: .max / 2).isEmpty else { return [] }
        let usable = min((sequence.tokenIDs.count - 1) / blockSize, sequence.blockHashes.count)
        var hits: [BlockID] = []
        for hash in sequence.blockHashes.prefix(usable) {
            guard let block = pool.block(for: hash) else { break }
            hits.append(block)
        }
        return hits
    }
}
