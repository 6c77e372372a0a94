package import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension FileSystem {
    /// Puts a file in place at once: readers find the old one, none, or the whole new one.
    ///
    /// - Parameters:
    ///   - path: the file's; its folder exists.
    ///   - head: the first bytes.
    ///   - regions: what follows them.
    /// - Throws: `CheckpointError.unreadable` with the system's reason; nothing is left behind.
    package static func replace(
        _ path: String,
        head: [UInt8],
        regions: [(storage: Storage, range: Range<Int>)]
    ) throws(CheckpointError) {
        let temporary = "\(path).\(getpid()).part"
        let descriptor = create(temporary)
        guard descriptor >= 0 else { throw .unreadable(path: temporary, reason: reason(errno)) }
        var failure = unsafe head.withUnsafeBytes { unsafe write(descriptor, $0) }
        for region in regions where failure == nil {
            let start = unsafe region.storage.baseAddress + region.range.lowerBound
            failure = unsafe write(descriptor, UnsafeRawBufferPointer(start: start, count: region.range.count))
        }
        if failure == nil, fsync(descriptor) != 0 { failure = errno }
        close(descriptor)
        if failure == nil, unsafe rename(temporary, path) != 0 { failure = errno }
        guard let failure else { return }
        unsafe unlink(temporary)
        throw .unreadable(path: path, reason: reason(failure))
    }

    /// Makes a folder and those above it.
    package static func makeFolder(_ path: String) throws(CheckpointError) {
        if path.isEmpty || isFolder(path) { return }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeFolder(String(path[..<slash])) }
        guard unsafe mkdir(path, 0o755) == 0 || isFolder(path) else {
            throw .unreadable(path: path, reason: reason(errno))
        }
    }

    /// Writes everything; the error's number where that fails.
    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32? {
        var done = 0
        while done < bytes.count {
            let count = unsafe writeChunk(descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return errno }
            done += count
        }
        return nil
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

private func create(_ path: String) -> Int32 {
    unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
}

@unsafe
private func writeChunk(_ descriptor: Int32, _ address: UnsafeRawPointer?, _ byteCount: Int) -> Int {
    unsafe write(descriptor, address, byteCount)
}
