import MartletTensors

/// Memory for quantized weights: regions that many matrices share, so that small ones lie in huge pages too.
///
/// A matrix keeps its region; nothing is given back before all matrices of a region are gone.
struct WeightArena {
    private static let regionByteCount = 64 << 20
    private static let alignment = 64

    private var region: Storage?
    private var used = 0

    /// Memory for a matrix: a region and where in it.
    mutating func take(byteCount: Int) throws(BackendError) -> (storage: Storage, offset: Int) {
        guard byteCount < Self.regionByteCount / 4 else {
            return (try HostMemory.allocate(byteCount: byteCount), 0)
        }
        if let region, used + byteCount <= region.byteCount {
            defer { used += (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment }
            return (region, used)
        }
        let fresh = try HostMemory.allocate(byteCount: Self.regionByteCount)
        region = fresh
        used = (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
        return (fresh, 0)
    }
}
