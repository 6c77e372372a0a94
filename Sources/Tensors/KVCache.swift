/// What a model needs of a key/value cache.
package struct KVCacheSpec: Sendable, Hashable {
    /// The number of layers that keep keys and values.
    package var layerCount: Int
    /// The number of key/value heads.
    package var kvHeadCount: Int
    /// The width of a head.
    package var headDimension: Int

    /// A specification.
    package init(layerCount: Int, kvHeadCount: Int, headDimension: Int) {
        self.layerCount = layerCount
        self.kvHeadCount = kvHeadCount
        self.headDimension = headDimension
    }

    /// How many tokens' keys lie side by side: those of a block take a multiple of their room.
    package static let keyRunLength = 16

    /// The size of a block over all layers; the greatest number where that is more.
    package func bytesPerBlock(_ dtype: DType, blockSize: Int) -> Int {
        let runs = (blockSize + Self.keyRunLength - 1) / Self.keyRunLength
        let (size, overflow) = (bytesPerToken(dtype) / 2)
            .multipliedReportingOverflow(by: runs * Self.keyRunLength + blockSize)
        return overflow ? .max : size
    }

    /// The size of one token's keys and values over all layers, their scales included.
    package func bytesPerToken(_ dtype: DType) -> Int {
        let scale = dtype == .int8 ? DType.float32.byteCount : 0
        return 2 * layerCount * kvHeadCount * (headDimension * dtype.byteCount + scale)
    }
}

/// The memory of a paged key/value cache: `blockCount` blocks of `blockSize` tokens in every layer.
///
/// The order of elements inside a layer's two tensors is its backend's own; only `Backend` methods read or write them.
package final class KVCache: Sendable {
    /// What the model asked for.
    package let spec: KVCacheSpec
    /// The element type: `float32`, `bfloat16`, `float16` or `int8`.
    package let dtype: DType
    /// The number of blocks.
    package let blockCount: Int
    /// The number of tokens of a block.
    package let blockSize: Int
    /// Keys of each layer; the shape is the backend's.
    package let keys: [Tensor]
    /// Values of each layer; the shape is the backend's.
    package let values: [Tensor]

    /// A cache over memory that a backend allocated.
    package init(
        spec: KVCacheSpec,
        dtype: DType,
        blockCount: Int,
        blockSize: Int,
        keys: [Tensor],
        values: [Tensor]
    ) {
        self.spec = spec
        self.dtype = dtype
        self.blockCount = blockCount
        self.blockSize = blockSize
        self.keys = keys
        self.values = values
    }
}
