/// A block of the key/value cache.
package struct BlockID: Sendable, Hashable {
    /// Its place in the cache.
    package let rawValue: Int32
}

/// Who uses which block of the cache.
///
/// A block is free when nobody refers to it; a free block that holds hashed content can still be found by its hash until
/// it is handed out for something else. The free list is in order of eviction: first blocks without content worth
/// keeping, then the one that was given up first. It is linked both ways through arrays so that a hit takes a block out
/// of its middle. All operations but the lookup by hash touch arrays only; every one is O(1).
package struct BlockPool {
    /// All blocks.
    package let blockCount: Int
    /// Blocks that nobody uses.
    package private(set) var freeCount: Int

    private var referenceCounts: [Int32]
    private var hashes: [BlockHash?]
    private var blocksByHash: [BlockHash: BlockID] = [:]
    /// Links of the free list; place `blockCount` is its head and tail.
    private var next: [Int32]
    private var previous: [Int32]

    /// All blocks free, handed out in order of their numbers.
    package init(blockCount: Int) {
        precondition(blockCount > 0 && blockCount < Int32.max, "\(blockCount) cache blocks")
        self.blockCount = blockCount
        freeCount = blockCount
        referenceCounts = Array(repeating: 0, count: blockCount)
        hashes = Array(repeating: nil, count: blockCount)
        next = (0...Int32(blockCount)).map { $0 == Int32(blockCount) ? 0 : $0 + 1 }
        previous = (0...Int32(blockCount)).map { $0 == 0 ? Int32(blockCount) : $0 - 1 }
    }

    /// How many users the block has.
    package func referenceCount(of block: BlockID) -> Int { Int(referenceCounts[Int(block.rawValue)]) }

    /// How many hashes can be found.
    package var cachedBlockCount: Int { blocksByHash.count }

    /// The block of that content, free or in use.
    package func block(for hash: BlockHash) -> BlockID? { blocksByHash[hash] }

    /// Takes the free block that is to be evicted first and forgets its content; `nil` when none is free.
    package mutating func allocate() -> BlockID? {
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
    package mutating func retain(_ block: BlockID) {
        let index = Int(block.rawValue)
        if referenceCounts[index] == 0 { unlink(block) }
        referenceCounts[index] += 1
    }

    /// One user less; without users the block is free.
    package mutating func release(_ block: BlockID) {
        let index = Int(block.rawValue)
        precondition(referenceCounts[index] > 0, "block \(index) is released more often than it was taken")
        referenceCounts[index] -= 1
        if referenceCounts[index] == 0 { link(block, asFirst: hashes[index] == nil) }
    }

    /// Lets the block be found by its content; where another block holds the same, that one stays the one found.
    package mutating func register(_ block: BlockID, as hash: BlockHash) {
        guard hashes[Int(block.rawValue)] == nil, blocksByHash[hash] == nil else { return }
        hashes[Int(block.rawValue)] = hash
        blocksByHash[hash] = block
    }

    /// Forgets all content: from here on no block is found by a hash that was registered before.
    package mutating func forgetContent() {
        blocksByHash.removeAll()
        for index in hashes.indices { hashes[index] = nil }
    }

    /// What is wrong, given how many users each block has; empty where nothing is.
    package func violations(users: [BlockID: Int]) -> [String] {
        var found: [String] = []
        for index in 0..<blockCount {
            let expected = users[BlockID(rawValue: Int32(index))] ?? 0
            let count = Int(referenceCounts[index])
            if count != expected { found.append("block \(index) has \(expected) users, counted \(count)") }
            if let hash = hashes[index], blocksByHash[hash]?.rawValue != Int32(index) {
                found.append("block \(index) is not found by its hash")
            }
        }
        var listed = Set<Int32>()
        var block = next[blockCount]
        while Int(block) != blockCount, listed.insert(block).inserted {
            if referenceCounts[Int(block)] != 0 { found.append("block \(block) is listed as free but used") }
            block = next[Int(block)]
        }
        if listed.count != freeCount { found.append("\(listed.count) blocks are listed as free, counted \(freeCount)") }
        let unused = referenceCounts.count { $0 == 0 }
        if unused != freeCount { found.append("\(unused) blocks have no users, \(freeCount) are free") }
        return found
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
