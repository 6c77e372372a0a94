import CMartletKernels
import Glibc
import MartletTensors

/// Zeroed anonymous memory, mapped and given back in whole pages.
enum HostMemory {
    /// From this size on, the kernel is asked for huge pages.
    private static let hugePageThreshold = 4 << 20

    /// Maps memory; the first touch of a page makes it real.
    static func allocate(byteCount: Int) throws(BackendError) -> Storage {
        guard byteCount >= 0 else { throw .outOfMemory(byteCount: byteCount) }
        let size = max(byteCount, 1)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe address != MAP_FAILED
        else { throw .outOfMemory(byteCount: byteCount) }
        if size >= hugePageThreshold { _ = unsafe madvise(address, size, MADV_HUGEPAGE) }
        return unsafe Storage(unsafeBaseAddress: address, byteCount: byteCount) { address, byteCount in
            _ = unsafe munmap(address, max(byteCount, 1))
        }
    }

    /// The processors that this process may use: affinity, cut by the control group's quota.
    static func usableProcessorCount() -> Int {
        let count = max(1, Int(ck_processor_count()))
        guard let quota = processorQuota() else { return count }
        return max(1, min(count, quota))
    }

    /// The processors' worth of time that the control group allows, rounded up; `nil` for no limit.
    private static func processorQuota() -> Int? {
        if let text = contents(of: "/sys/fs/cgroup/cpu.max") {
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
                return nil
            }
            return (quota - 1) / period + 1
        }
        guard let quota = contents(of: "/sys/fs/cgroup/cpu/cpu.cfs_quota_us").flatMap(integer),
            let period = contents(of: "/sys/fs/cgroup/cpu/cpu.cfs_period_us").flatMap(integer), quota > 0, period > 0
        else { return nil }
        return (quota - 1) / period + 1
    }

    private static func integer(_ text: String) -> Int? {
        text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }

    /// The first bytes of a small file.
    static func contents(of path: String) -> String? {
        guard let file = unsafe fopen(path, "r") else { return nil }
        defer { unsafe _ = fclose(file) }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 128) { buffer, count in
            count = unsafe fread(buffer.baseAddress, 1, 128, file)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
