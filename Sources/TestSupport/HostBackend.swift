package import MartletTensors
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Host memory without kernels: what a scheduler and a sampler need of a backend, written plainly.
///
/// Only memory, uploads, block copies and reductions over logits; anything else is a mistake of the test. `blockCopies`
/// counts what was copied.
package final class HostBackend: Backend {
    private let copyCount = Mutex(0)

    /// A backend without limits.
    package init() {}

    /// The name `host`.
    package var name: String { "host" }

    /// How many blocks have been copied.
    package var blockCopyCount: Int { copyCount.withLock { $0 } }

    /// Zeroed host memory.
    package func allocate(byteCount: Int) throws(BackendError) -> Storage { Storage(hostByteCount: byteCount) }

    /// Copies integers.
    package func upload(_ values: [Int32], to tensor: Tensor) {
        precondition(values.count <= tensor.shape.elementCount, "\(values.count) integers into \(tensor.shape)")
        let target = unsafe tensor.hostPointer(as: Int32.self)
        for (index, value) in values.enumerated() { unsafe target[index] = value }
    }

    /// Keys and values `[blocks, blockSize, kvHeads × headDimension]`, float32 whatever is asked for.
    package func makeKVCache(
        spec: KVCacheSpec,
        dtype: DType,
        blockCount: Int,
        blockSize: Int
    ) throws(BackendError) -> KVCache {
        let shape = Shape([blockCount, blockSize, spec.kvHeadCount * spec.headDimension])
        let make: () -> Tensor = {
            Tensor(storage: Storage(hostByteCount: shape.elementCount * 4), dtype: .float32, shape: shape)
        }
        return KVCache(
            spec: spec,
            dtype: .float32,
            blockCount: blockCount,
            blockSize: blockSize,
            keys: (0..<spec.layerCount).map { _ in make() },
            values: (0..<spec.layerCount).map { _ in make() }
        )
    }

    /// Copies whole blocks, in order.
    package func copyBlocks(_ pairs: [(from: Int32, to: Int32)], in cache: KVCache) {
        for pair in pairs {
            for tensor in cache.keys + cache.values {
                let row = tensor.rowElementCount
                let base = unsafe tensor.hostPointer(as: Float.self)
                for element in 0..<row {
                    unsafe base[Int(pair.to) * row + element] = base[Int(pair.from) * row + element]
                }
            }
        }
        copyCount.withLock { $0 += pairs.count }
    }

    /// The first of the greatest elements of each row.
    package func argMax(_ logits: Tensor) -> [Int32] {
        (0..<logits.shape[0]).map { row in
            let values = Self.values(logits, row)
            var best = 0
            for index in values.indices where values[index] > values[best] || values[best].isNaN { best = index }
            return Int32(best)
        }
    }

    /// The row in place.
    package func withHostRow<Result>(
        _ tensor: Tensor,
        row: Int,
        _ body: (inout MutableSpan<Float>) -> Result
    ) -> Result {
        let start = unsafe tensor.hostPointer(as: Float.self) + row * tensor.rowStride
        let elements = unsafe UnsafeMutableBufferPointer(start: start, count: tensor.rowElementCount)
        var span = unsafe elements.mutableSpan
        return body(&span)
    }

    /// One row after the other.
    package func mapHostRows<Result>(
        _ tensor: Tensor,
        rows: [Int],
        _ body: (_ place: Int, _ elements: inout MutableSpan<Float>) -> Result
    ) -> [Result] {
        rows.indices.map { place in withHostRow(tensor, row: rows[place]) { body(place, &$0) } }
    }

    /// A scanner in double precision.
    package var rowScanner: any RowScanner { PlainRowScanner() }

    /// Not to be had.
    package func linear(_ input: Tensor, _ weight: Weight, into output: Tensor) { refuse() }
    /// Not to be had.
    package func linear(_ products: [LinearProduct]) { refuse() }
    /// Not to be had.
    package func quantize(_ part: Weight.Part, to format: WeightFormat) throws(BackendError) -> Weight.Part { refuse() }
    /// Not to be had.
    package func embed(_ ids: Tensor, table: Tensor, into output: Tensor) { refuse() }
    /// Not to be had.
    package func embed(_ ids: Tensor, part table: Weight.Part, into output: Tensor) { refuse() }
    /// Not to be had.
    package func rmsNorm(_ input: Tensor, weight: Tensor, epsilon: Float, into output: Tensor) { refuse() }
    /// Not to be had.
    package func add(_ addend: Tensor, to target: Tensor) { refuse() }
    /// Not to be had.
    package func layerNorm(_ input: Tensor, norm: LayerNormParameters, into output: Tensor) { refuse() }
    /// Not to be had.
    package func scale(_ target: Tensor, by factor: Float) { refuse() }
    /// Not to be had.
    package func clamp(_ target: Tensor, to limit: Float) { refuse() }
    /// Not to be had.
    package func softCap(_ target: Tensor, to cap: Float) { refuse() }
    /// Not to be had.
    package func applyRotaryEmbedding(
        _ heads: Tensor,
        positions: Tensor,
        table: Tensor,
        headDimension: Int,
        pairs: RotaryPairs
    ) { refuse() }
    /// Not to be had.
    package func writeKV(keys: Tensor, values: Tensor, to cache: KVCache, layer: Int, batch: AttentionBatch) {
        refuse()
    }
    /// Not to be had.
    package func attention(
        _ queries: Tensor,
        cache: KVCache,
        layer: Int,
        batch: AttentionBatch,
        parameters: AttentionParameters,
        into output: Tensor
    ) { refuse() }
    /// Not to be had.
    package func activate(_ input: Tensor, _ activation: Activation, into output: Tensor) { refuse() }
    /// Not to be had.
    package func gate(_ gateUp: Tensor, _ gate: Gate, into output: Tensor) { refuse() }
    /// Not to be had.
    package func addWeightedRows(_ input: Tensor, rows: Tensor, weights: Tensor, into output: Tensor) { refuse() }
    /// Not to be had.
    package func gatherRows(_ input: Tensor, rows: Tensor, into output: Tensor) { refuse() }

    private func refuse() -> Never { preconditionFailure("a host backend has no kernels") }

    private static func values(_ tensor: Tensor, _ row: Int) -> [Float] {
        let start = unsafe tensor.hostPointer(as: Float.self) + row * tensor.rowStride
        return (0..<tensor.rowElementCount).map { unsafe start[$0] }
    }
}
