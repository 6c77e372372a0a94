import Crypto

/// The content of a full block and of all blocks before it, as 256 bits that nobody outside can predict.
package struct BlockHash: Sendable, Hashable {
    var words: (UInt64, UInt64, UInt64, UInt64)

    /// Whether all bits are equal.
    package static func == (left: BlockHash, right: BlockHash) -> Bool { left.words == right.words }

    /// The bits are uniform: one word is as good as all of them.
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Hashes blocks of tokens: SHA-256 over a key of the process, the parent block's hash and the tokens.
///
/// The chain starts at `root(salt:)`, so that requests with different salts share nothing. The key keeps clients from
/// searching for tokens that collide.
package struct BlockHasher: Sendable {
    private let key: [UInt8]
    private let blockSize: Int

    /// A hasher with a fresh key.
    package init(blockSize: Int) {
        self.blockSize = blockSize
        var generator = SystemRandomNumberGenerator()
        key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The parent of first blocks.
    package func root(salt: String?) -> BlockHash {
        var hash = SHA256()
        hash.update(data: key)
        hash.update(data: salt == nil ? [0] : [1])
        hash.update(data: Array((salt ?? "").utf8))
        return BlockHash(hash.finalize())
    }

    /// Adds the hashes of the full blocks among the first `tokenCount` tokens that `hashes` lacks.
    package func extend(_ hashes: inout [BlockHash], tokenIDs: [Int32], tokenCount: Int, root: BlockHash) {
        let fullBlocks = tokenCount / blockSize
        guard hashes.count < fullBlocks else { return }
        hashes.reserveCapacity(fullBlocks)
        for block in hashes.count..<fullBlocks {
            let tokens = tokenIDs[block * blockSize..<(block + 1) * blockSize]
            hashes.append(hash(parent: hashes.last ?? root, tokens: tokens))
        }
    }

    private func hash(parent: BlockHash, tokens: ArraySlice<Int32>) -> BlockHash {
        var hash = SHA256()
        hash.update(data: key)
        unsafe withUnsafeBytes(of: parent.words) { unsafe hash.update(bufferPointer: $0) }
        unsafe tokens.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        return BlockHash(hash.finalize())
    }
}

extension BlockHash {
    fileprivate init(_ digest: SHA256Digest) {
        words = unsafe digest.withUnsafeBytes { unsafe $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
    }
}
