import MartletEngine
import Testing

@Suite struct BlockPoolTests {
    private let hasher = BlockHasher(blockSize: 2)

    private func hashes(_ tokens: [Int32], salt: String? = nil) -> [BlockHash] {
        var hashes: [BlockHash] = []
        hasher.extend(&hashes, tokenIDs: tokens, tokenCount: tokens.count, root: hasher.root(salt: salt))
        return hashes
    }

    @Test func handsOutEachBlockOnce() {
        var pool = BlockPool(blockCount: 5)
        let blocks = (0..<5).compactMap { _ in pool.allocate() }
        #expect(Set(blocks).count == 5)
        #expect(pool.allocate() == nil)
        #expect(pool.freeCount == 0)
        pool.release(blocks[2])
        #expect(pool.allocate() == blocks[2])
        #expect(pool.violations(users: Dictionary(uniqueKeysWithValues: blocks.map { ($0, 1) })).isEmpty)
    }

    @Test func evictsInOrderAndEmptyBlocksFirst() {
        var pool = BlockPool(blockCount: 4)
        let blocks = (0..<4).compactMap { _ in pool.allocate() }
        let content = hashes([1, 2, 3, 4, 5, 6])
        for (block, hash) in zip(blocks, content) { pool.register(block, as: hash) }
        // 0, 1, 2 have content, 3 has none
        for index in [1, 0, 3, 2] { pool.release(blocks[index]) }
        #expect(pool.violations(users: [:]).isEmpty)
        #expect(pool.allocate() == blocks[3])
        #expect(pool.allocate() == blocks[1])
        #expect(pool.block(for: content[1]) == nil)
        #expect(pool.block(for: content[0]) == blocks[0])
    }

    @Test func hitTakesABlockOutOfTheMiddle() {
        var pool = BlockPool(blockCount: 3)
        let blocks = (0..<3).compactMap { _ in pool.allocate() }
        let content = hashes([1, 2, 3, 4, 5, 6])
        for (block, hash) in zip(blocks, content) { pool.register(block, as: hash) }
        for block in blocks { pool.release(block) }
        pool.retain(blocks[1])
        pool.retain(blocks[1])
        #expect(pool.freeCount == 2)
        #expect(pool.referenceCount(of: blocks[1]) == 2)
        #expect(pool.violations(users: [blocks[1]: 2]).isEmpty)
        #expect(pool.allocate() == blocks[0])
        #expect(pool.allocate() == blocks[2])
        #expect(pool.allocate() == nil)
        #expect(pool.block(for: content[1]) == blocks[1])
        #expect(pool.cachedBlockCount == 1)
    }

    @Test func sameContentIsFoundOnce() {
        var pool = BlockPool(blockCount: 2)
        let blocks = (0..<2).compactMap { _ in pool.allocate() }
        let hash = hashes([1, 2])[0]
        for block in blocks { pool.register(block, as: hash) }
        #expect(pool.block(for: hash) == blocks[0])
        pool.release(blocks[1])
        pool.release(blocks[0])
        #expect(pool.violations(users: [:]).isEmpty)
    }

    @Test func hashesDependOnEverythingBefore() {
        let plain = hashes([1, 2, 3, 4, 5])
        #expect(plain.count == 2)
        #expect(hashes([1, 2, 3, 4]) == plain)
        #expect(hashes([9, 2, 3, 4])[1] != plain[1])
        #expect(hashes([1, 2, 3, 9])[0] == plain[0])
        #expect(Set(hashes([1, 1, 1, 1, 1, 1])).count == 3)
        #expect(hashes([1, 2], salt: "a") != hashes([1, 2], salt: "b"))
        #expect(hashes([1, 2], salt: "") != hashes([1, 2]))
        // another process has another key
        var other: [BlockHash] = []
        let stranger = BlockHasher(blockSize: 2)
        stranger.extend(&other, tokenIDs: [1, 2], tokenCount: 2, root: stranger.root(salt: nil))
        #expect(other[0] != plain[0])
    }

    @Test func hashesAreExtendedInPlace() {
        let tokens = (0..<20).map { Int32($0) }
        var grown: [BlockHash] = []
        let root = hasher.root(salt: nil)
        for count in 0...20 { hasher.extend(&grown, tokenIDs: tokens, tokenCount: count, root: root) }
        #expect(grown == hashes(tokens))
    }
}
