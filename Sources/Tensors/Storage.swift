/// A region of memory that tensors refer to: a mapped file, a backend's buffer.
///
/// The address belongs to the backend that made the region; only host memory may be read here. The region lives as long
/// as any tensor refers to it.
///
/// `@unchecked Sendable`: the address and size never change; what the memory holds is written by one engine step at a
/// time (activations, cache) or never after loading (weights), which is the contract of `Backend`.
@safe
package final class Storage: @unchecked Sendable {
    /// The first byte.
    package let baseAddress: UnsafeMutableRawPointer
    /// The size in bytes.
    package let byteCount: Int
    private let release: (UnsafeMutableRawPointer, Int) -> Void

    /// A region that is given back through `release` when nothing refers to it any more.
    package init(
        unsafeBaseAddress: UnsafeMutableRawPointer,
        byteCount: Int,
        release: @escaping (UnsafeMutableRawPointer, Int) -> Void
    ) {
        unsafe baseAddress = unsafeBaseAddress
        self.byteCount = byteCount
        unsafe self.release = release
    }

    /// Zeroed host memory, 64-byte aligned.
    package convenience init(hostByteCount: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(hostByteCount, 1), alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(hostByteCount, 1))
        unsafe self.init(unsafeBaseAddress: memory, byteCount: hostByteCount) { address, _ in
            unsafe address.deallocate()
        }
    }

    deinit { unsafe release(baseAddress, byteCount) }
}
