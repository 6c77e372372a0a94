/// The operations of a device, on tensors in its memory.
///
/// One thread at a time calls a backend (the engine's). Calls are in order and complete before they return, unless a
/// backend says otherwise. Activations are `float32`; row 0 is the first token of the batch. Every operation gives each
/// row bits that do not depend on the other rows of the call, on their number, or on the number of threads: the
/// bit-identity of answers under load rests on that law (`checkBackend` tests it).
package protocol Backend: AnyObject, Sendable {
    /// The device's name for messages: `cpu (avx2)`.
    var name: String { get }

    /// Zeroed memory for activations, indices or caches; the first touch may come later.
    func allocate(byteCount: Int) throws(BackendError) -> Storage

    /// Copies host integers into an `int32` tensor's first elements.
    func upload(_ values: [Int32], to tensor: Tensor)

    /// `output[t] = input[t] · weightᵀ + bias`, the parts of the weight side by side.
    ///
    /// - Parameters:
    ///   - input: `[tokens, inputs]`, float32, rows at a stride.
    ///   - weight: `[outputs, inputs]`, plain or packed, accumulated in float32. For packed weights the input is rounded
    ///     to int8 with a scale for each token and 32 inputs.
    ///   - output: `[tokens, outputs]`, float32; must not overlap `input`.
    func linear(_ input: Tensor, _ weight: Weight, into output: Tensor)

    /// Products that do not depend on each other, such as those of several experts, in any order or at once.
    func linear(_ products: [LinearProduct])

    /// Quantizes a plain matrix, with all of the device's threads.
    ///
    /// - Parameters:
    ///   - part: float32, bfloat16 or float16, with its bias.
    ///   - format: a packed one.
    /// - Returns: the packed matrix with the same bias.
    /// - Throws: `BackendError.notFinite` for infinite weights or NaN, `outOfMemory`.
    func quantize(_ part: Weight.Part, to format: WeightFormat) throws(BackendError) -> Weight.Part

    /// Packs a matrix in blocks for faster products, with all of the device's threads; no value changes.
    ///
    /// Products of packed weights round their input to int8, as `linear` says.
    ///
    /// - Parameter part: a matrix in blocks.
    /// - Returns: the packed matrix with the same bias and order of inputs; `nil` where the device has no such format.
    /// - Throws: `BackendError.outOfMemory`.
    func packed(_ part: Weight.Part) throws(BackendError) -> Weight.Part?

    /// Brings weights that stay mapped to where the device reads them fastest; contents and addresses do not change.
    ///
    /// Returns at once; `waitUntilSettled` waits for the end. The CPU moves them from the small pages of a mapped file
    /// into huge ones.
    func settle(_ storages: [Storage])

    /// Waits until everything that was to settle has settled.
    func waitUntilSettled()

    /// `output[t] = table[ids[t]]`, widened to float32.
    ///
    /// - Parameters:
    ///   - ids: `[tokens]`, int32, each below the table's rows.
    ///   - table: `[vocabulary, hidden]` of any plain type.
    ///   - output: `[tokens, hidden]`, float32.
    func embed(_ ids: Tensor, table: Tensor, into output: Tensor)

    /// `output[t] = table[ids[t]]` for a table of any format but packed ones, widened to float32.
    ///
    /// - Parameters:
    ///   - ids: `[tokens]`, int32, each below the table's rows.
    ///   - table: `[vocabulary, hidden]`; its bias is of no account.
    ///   - output: `[tokens, hidden]`, float32.
    func embed(_ ids: Tensor, part table: Weight.Part, into output: Tensor)

    /// Calls `body` with every number below `count`, on the host, for several at a time, and returns when all are done.
    func concurrently(_ count: Int, _ body: (Int) -> Void)

    /// `output[t] = input[t] / √(mean(input[t]²) + epsilon) · weight`, over the last `weight` elements of each group.
    ///
    /// A row may hold several groups (heads); `weight` of width `d` normalizes each run of `d` elements by itself.
    /// `output` may be `input`.
    func rmsNorm(_ input: Tensor, weight: Tensor, epsilon: Float, into output: Tensor)

    /// `output[t] = (input[t] − mean) / √(variance + epsilon) · weight + bias`, over groups of `norm.width` elements.
    ///
    /// A row may hold several groups (heads). `output` may be `input`.
    func layerNorm(_ input: Tensor, norm: LayerNormParameters, into output: Tensor)

    /// `target[t] += addend[t]`
    func add(_ addend: Tensor, to target: Tensor)

    /// `target[t] *= factor`
    func scale(_ target: Tensor, by factor: Float)

    /// Moves every element that lies outside `−limit...limit` to its end.
    func clamp(_ target: Tensor, to limit: Float)

    /// `target[t] = cap · tanh(target[t] / cap)`
    func softCap(_ target: Tensor, to cap: Float)

    /// Rotates pairs of elements of each head of queries and keys by their positions, in place.
    ///
    /// - Parameters:
    ///   - heads: `[tokens, heads × headDimension]`, float32, rows at a stride.
    ///   - positions: `[tokens]`, int32.
    ///   - table: `[positions, rotaryDimension]`, float32: cosines in the first half of a row, sines in the second.
    ///   - headDimension: the width of a head; at least the table's rotaryDimension, the rest is left alone.
    ///   - pairs: which elements turn together.
    func applyRotaryEmbedding(
        _ heads: Tensor,
        positions: Tensor,
        table: Tensor,
        headDimension: Int,
        pairs: RotaryPairs
    )

    /// A paged cache of zeroed memory.
    func makeKVCache(spec: KVCacheSpec, dtype: DType, blockCount: Int, blockSize: Int) throws(BackendError) -> KVCache

    /// Writes keys and values `[tokens, kvHeads × headDimension]` to the slots of the batch, rounded to the cache's type.
    func writeKV(keys: Tensor, values: Tensor, to cache: KVCache, layer: Int, batch: AttentionBatch)

    /// Attention of each query over its own sequence in the cache.
    ///
    /// The batch's keys and values have been written before: a query reads its own chunk from the cache too. Sums run
    /// in partitions fixed by absolute position.
    ///
    /// - Parameters:
    ///   - queries: `[tokens, heads × headDimension]`, float32, rows at a stride.
    ///   - cache: the keys and values.
    ///   - layer: which of the cache's layers.
    ///   - batch: where each sequence lies.
    ///   - parameters: heads, scale and window.
    ///   - output: the shape of the queries, contiguous rows.
    func attention(
        _ queries: Tensor,
        cache: KVCache,
        layer: Int,
        batch: AttentionBatch,
        parameters: AttentionParameters,
        into output: Tensor
    )

    /// `output[t] = f(input[t])`; `output` may be `input`.
    func activate(_ input: Tensor, _ activation: Activation, into output: Tensor)

    /// `output[t] = f(gateUp[t][..<n]) · gateUp[t][n...]` for `gateUp` `[tokens, 2n]`.
    func gate(_ gateUp: Tensor, _ gate: Gate, into output: Tensor)

    /// `output[i] = input[rows[i]]` for `rows` `[count]`, int32.
    func gatherRows(_ input: Tensor, rows: Tensor, into output: Tensor)

    /// `output[t] = Σ_j weights[t][j] · input[rows[t][j]]`, in ascending order of `j`.
    ///
    /// - Parameters:
    ///   - input: `[any, width]`, float32.
    ///   - rows: `[tokens, count]`, int32.
    ///   - weights: `[tokens, count]`, float32.
    ///   - output: `[tokens, width]`, float32; must not overlap `input`.
    func addWeightedRows(_ input: Tensor, rows: Tensor, weights: Tensor, into output: Tensor)

    /// Copies whole blocks of the cache in every layer, in order.
    func copyBlocks(_ pairs: [(from: Int32, to: Int32)], in cache: KVCache)

    /// The index of each row's greatest element; of equal ones the first. NaN counts as −∞.
    func argMax(_ logits: Tensor) -> [Int32]

    /// Lets the caller read and change one row of float32 on the host.
    func withHostRow<Result>(_ tensor: Tensor, row: Int, _ body: (inout MutableSpan<Float>) -> Result) -> Result

    /// Lets the caller work on rows of float32 on the host, on all threads at once.
    ///
    /// - Parameters:
    ///   - tensor: `[rows, width]`, float32.
    ///   - rows: which, none twice.
    ///   - body: called once for each row with its place in `rows`, in any order, for several at a time: what it changes
    ///     besides its row must be its own.
    /// - Returns: what it returned, in the order of `rows`.
    func mapHostRows<Result>(
        _ tensor: Tensor,
        rows: [Int],
        _ body: (_ place: Int, _ elements: inout MutableSpan<Float>) -> Result
    ) -> [Result]

    /// Passes over rows on the host.
    var rowScanner: any RowScanner { get }
}

extension Backend {
    /// Nothing to do where weights are read from where they lie.
    package func settle(_ storages: [Storage]) {}

    package func packed(_ part: Weight.Part) throws(BackendError) -> Weight.Part? { nil }

    /// One after the other.
    package func concurrently(_ count: Int, _ body: (Int) -> Void) {
        for index in 0..<count { body(index) }
    }

    /// Nothing to wait for.
    package func waitUntilSettled() {}
}

/// Why a device could not do what was asked.
package enum BackendError: Error, Sendable, CustomStringConvertible {
    /// The memory is not to be had.
    case outOfMemory(byteCount: Int)
    /// Weights that are infinite or not a number cannot be quantized.
    case notFinite
    /// The device failed.
    case deviceFailure(String)

    /// One sentence.
    package var description: String {
        switch self {
        case .outOfMemory(let byteCount): "cannot allocate \(byteCount) bytes"
        case .notFinite: "infinite weights or NaN cannot be quantized"
        case .deviceFailure(let reason): "the device failed: \(reason)"
        }
    }
}
