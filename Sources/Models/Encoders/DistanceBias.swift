import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The bias of attention scores by the distance of key and query, in logarithmic buckets.
///
/// - SeeAlso: `MPNetEncoder.relative_position_bucket` of `transformers`; T5, arXiv:1910.10683 §2.1.
enum DistanceBias {
    /// From this distance on, all fall into the last bucket.
    private static let maximumDistance: Float = 128

    /// Spreads a table of buckets out over distances.
    ///
    /// - Parameters:
    ///   - buckets: `[buckets, heads]`, float32 in host memory.
    ///   - reach: the longest sequence.
    /// - Returns: `[heads, 2 × reach − 1]`, float32, the distance 0 in the middle.
    static func table(_ buckets: Tensor, reach: Int) -> Tensor {
        let (count, heads, columns) = (buckets.shape[0], buckets.shape[1], 2 * reach - 1)
        let storage = Storage(hostByteCount: heads * columns * 4)
        let table = Tensor(storage: storage, dtype: .float32, shape: Shape(heads, columns))
        let source = unsafe buckets.hostPointer(as: Float.self)
        let target = unsafe table.hostPointer(as: Float.self)
        for column in 0..<columns {
            let bucket = bucket(ofDistance: column - (reach - 1), count: count)
            for head in 0..<heads {
                unsafe target[head * columns + column] = unsafe source[bucket * buckets.rowStride + head]
            }
        }
        return table
    }

    /// The bucket of the key at `distance` from the query: half of them for keys before it, half for those after.
    static func bucket(ofDistance distance: Int, count: Int) -> Int {
        let half = count / 2
        let first = distance > 0 ? half : 0
        let magnitude = abs(distance)
        let exact = half / 2
        if magnitude < exact { return first + magnitude }
        let ratio = log(Float(magnitude) / Float(exact)) / log(Self.maximumDistance / Float(exact))
        return first + min(exact + Int(ratio * Float(half - exact)), half - 1)
    }
}
