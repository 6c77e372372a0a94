import MartletTensors

/// The intermediate results of one `forward` call, in one region that is allocated when a model is made.
///
/// Attention's and the MLP's intermediates share their place: a layer never needs both.
struct ForwardScratch: Sendable {
    /// The residual stream: `[tokens, hiddenSize]`.
    let residual: Tensor
    /// A sublayer's input, then its output: `[tokens, hiddenSize]`.
    let normed: Tensor
    /// Queries, keys and values: `[tokens, (headCount + 2 × kvHeadCount) × headDimension]`.
    let qkv: Tensor
    /// Attention's result: `[tokens, headCount × headDimension]`.
    let attended: Tensor
    /// The MLP's two projections: `[tokens, 2 × intermediateSize]`.
    let gateUp: Tensor
    /// Their product after the activation: `[tokens, intermediateSize]`.
    let activated: Tensor
    /// The rows that want logits: `[logits, hiddenSize]`.
    let gathered: Tensor

    /// The size of the region in bytes.
    static func byteCount(_ configuration: DecoderConfiguration, limits: ForwardLimits) -> Int {
        Layout(configuration, limits).byteCount
    }

    /// Allocates the region.
    init(_ configuration: DecoderConfiguration, limits: ForwardLimits, backend: any Backend) throws(BackendError) {
        let layout = Layout(configuration, limits)
        let storage = try backend.allocate(byteCount: layout.byteCount)
        func tensor(_ offset: Int, _ rows: Int, _ columns: Int) -> Tensor {
            Tensor(storage: storage, offsetInBytes: offset, dtype: .float32, shape: Shape(rows, columns))
        }
        let tokens = limits.maxBatchedTokens
        residual = tensor(layout.residual, tokens, configuration.hiddenSize)
        normed = tensor(layout.normed, tokens, configuration.hiddenSize)
        qkv = tensor(layout.qkv, tokens, configuration.qkvWidth)
        attended = tensor(layout.attended, tokens, configuration.queryWidth)
        gateUp = tensor(layout.qkv, tokens, 2 * configuration.intermediateSize)
        activated = tensor(layout.activated, tokens, configuration.intermediateSize)
        gathered = tensor(layout.gathered, limits.maxLogitsRows, configuration.hiddenSize)
    }

    /// Where each part begins, in bytes; every part at a multiple of 64.
    private struct Layout {
        let residual = 0
        let normed: Int
        let qkv: Int
        let attended: Int
        let activated: Int
        let gathered: Int
        let byteCount: Int

        init(_ configuration: DecoderConfiguration, _ limits: ForwardLimits) {
            func size(_ rows: Int, _ columns: Int) -> Int { (rows * columns * 4 + 63) / 64 * 64 }
            let tokens = limits.maxBatchedTokens
            normed = residual + size(tokens, configuration.hiddenSize)
            qkv = normed + size(tokens, configuration.hiddenSize)
            attended = qkv + size(tokens, configuration.qkvWidth)
            activated = qkv + size(tokens, 2 * configuration.intermediateSize)
            gathered = max(
                attended + size(tokens, configuration.queryWidth),
                activated + size(tokens, configuration.intermediateSize)
            )
            byteCount = gathered + size(limits.maxLogitsRows, configuration.hiddenSize)
        }
    }
}
