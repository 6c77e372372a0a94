/// A block of the key/value cache.
struct BlockID: Sendable, Hashable {
    let rawValue: Int32
}

/// Who uses which block of the cache.
///
/// A block is free when nobody refers to it; a free block that holds hashed content can still be found by its hash until
/// it is handed out for something else. The free list is in order of eviction: first blocks without content worth
/// keeping, then the one that was given up first. It is linked both ways through arrays so that a hit takes a block out
/// of its middle. All operations but the lookup by hash touch arrays only; every one is O(1).
struct BlockPool {
    let blockCount: Int
    private(set) var freeCount: Int

    private var referenceCounts: [Int32]
    private var hashes: [BlockHash?]
    private var blocksByHash: [BlockHash: BlockID] = [:]
    /// Links of the free list; place `blockCount` is its head and tail.
    private var next: [Int32]
    private var previous: [Int32]

    /// All blocks free, handed out in order of their numbers.
    init(blockCount: Int) {
        precondition(blockCount > 0 && blockCount < Int32.max, "\(blockCount) cache blocks")
        self.blockCount = blockCount
        freeCount = blockCount
        referenceCounts = Array(repeating: 0, count: blockCount)
        hashes = Array(repeating: nil, count: blockCount)
        next = (0...Int32(blockCount)).map { $0 == Int32(blockCount) ? 0 : $0 + 1 }
        previous = (0...Int32(blockCount)).map { $0 == 0 ? Int32(blockCount) : $0 - 1 }
    }

    /// How many users the block has.
    func referenceCount(of block: BlockID) -> Int { Int(referenceCounts[Int(block.rawValue)]) }

    /// How many hashes can be found.
    var cachedBlockCount: Int { blocksByHash.count }

    /// The block of that content, free or in use.
    func block(for hash: BlockHash) -> BlockID? { blocksByHash[hash] }

    /// Takes the free block that is to be evicted first and forgets its content; `nil` when none is free.
    mutating func allocate() -> BlockID? {
        guard freeCount > 0 else { return nil }
        let block = BlockID(rawValue: next[blockCount])
        unlink(block)
        if let hash = hashes[Int(block.rawValue)] {
            blocksByHash[hash] = nil
            hashes[Int(block.rawValue)] = nil
        }
        referenceCounts[Int(block.rawValue)] = 1
        return block
    }

    /// One more user.
    mutating func retain(_ block: BlockID) {
        let index = Int(block.rawValue)
        if referenceCounts[index] == 0 { unlink(block) }
        referenceCounts[index] += 1
    }

    /// One user less; without users the block is free.
    mutating func release(_ block: BlockID) {
        let index = Int(block.rawValue)
        precondition(referenceCounts[index] > 0, "block \(index) is released more often than it was taken")
        referenceCounts[index] -= 1
        if referenceCounts[index] == 0 { link(block, asFirst: hashes[index] == nil) }
    }

    /// Lets the block be found by its content; where another block holds the same, that one stays the one found.
    mutating func register(_ block: BlockID, as hash: BlockHash) {
        guard hashes[Int(block.rawValue)] == nil, blocksByHash[hash] == nil else { return }
        hashes[Int(block.rawValue)] = hash
        blocksByHash[hash] = block
    }

    private mutating func unlink(_ block: BlockID) {
        let index = Int(block.rawValue)
        next[Int(previous[index])] = next[index]
        previous[Int(next[index])] = previous[index]
        freeCount -= 1
    }

    private mutating func link(_ block: BlockID, asFirst: Bool) {
        let index = Int(block.rawValue)
        let after = asFirst ? Int32(blockCount) : previous[blockCount]
        let before = next[Int(after)]
        next[index] = before
        previous[index] = after
        next[Int(after)] = block.rawValue
        previous[Int(before)] = block.rawValue
        freeCount += 1
    }
}
