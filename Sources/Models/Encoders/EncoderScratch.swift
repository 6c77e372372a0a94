import MartletTensors

/// The intermediate results of one call of an encoder, allocated when it is made.
struct EncoderScratch: Sendable {
    /// The residual stream: `[tokens, hiddenSize]`.
    let hidden: Tensor
    /// A sublayer's input or output: `[tokens, hiddenSize]`.
    let branch: Tensor
    /// Queries, keys and values: `[tokens, 3 × hiddenSize]`.
    let qkv: Tensor
    /// Attention's result: `[tokens, hiddenSize]`.
    let attended: Tensor
    /// The MLP's inner rows: `[tokens, intermediateSize]`, twice as wide where it is gated.
    let inner: Tensor
    /// The product with the gate: `[tokens, intermediateSize]`.
    let gated: Tensor
    /// The vectors of wanted tokens: `[sequences, hiddenSize]`.
    let wanted: Tensor
    /// One layer's keys and values at a time.
    let cache: KVCache

    /// The size of the memory in bytes.
    static func byteCount(_ configuration: EncoderConfiguration, limits: EncoderLimits) -> Int {
        let width = configuration.hiddenSize
        let inner = configuration.intermediateSize * (configuration.isGated ? 3 : 1)
        let cache = EncoderInputs.blockCount(limits) * EncoderInputs.blockSize * 2 * width
        return 4 * (limits.maxBatchedTokens * (6 * width + inner) + limits.maxSequences * width + cache)
    }

    /// Allocates the memory.
    init(_ configuration: EncoderConfiguration, limits: EncoderLimits, backend: any Backend) throws(BackendError) {
        func rows(_ count: Int, _ width: Int) throws(BackendError) -> Tensor {
            Tensor(
                storage: try backend.allocate(byteCount: count * width * 4),
                dtype: .float32,
                shape: Shape(count, width)
            )
        }
        let (tokens, width) = (limits.maxBatchedTokens, configuration.hiddenSize)
        hidden = try rows(tokens, width)
        branch = try rows(tokens, width)
        qkv = try rows(tokens, 3 * width)
        attended = try rows(tokens, width)
        inner = try rows(tokens, configuration.intermediateSize * (configuration.isGated ? 2 : 1))
        gated = try rows(configuration.isGated ? tokens : 0, configuration.intermediateSize)
        wanted = try rows(limits.maxSequences, width)
        cache = try backend.makeKVCache(
            spec: KVCacheSpec(
                layerCount: 1,
                kvHeadCount: configuration.headCount,
                headDimension: configuration.headDimension
            ),
            dtype: .float32,
            blockCount: EncoderInputs.blockCount(limits),
            blockSize: EncoderInputs.blockSize
        )
    }
}
