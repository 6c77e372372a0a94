package import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads and maps regular files; everything a path may lead to is checked first.
package enum FileSystem {
    /// Whether the path leads to a folder.
    package static func isFolder(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false }

    /// Whether the path leads to a regular file, through symbolic links too.
    package static func isFile(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFREG } ?? false }

    private static func mode(of path: String) -> mode_t? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode : nil
    }

    /// The names in a folder, sorted by their bytes; empty where it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let handle = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The bytes of a regular file of at most `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
        let file = try open(path)
        defer { close(file.descriptor) }
        guard file.byteCount <= limit else {
            throw .fileTooLarge(path: path, byteCount: file.byteCount, limit: limit)
        }
        var failure: Int32?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: file.byteCount) { buffer, filled in
            while filled < buffer.count {
                let count = unsafe readChunk(
                    file.descriptor,
                    buffer.baseAddress.map { unsafe $0 + filled },
                    buffer.count - filled
                )
                if count < 0 && errno == EINTR { continue }
                if count < 0 { failure = errno }
                if count <= 0 { break }
                filled += count
            }
        }
        if let failure { throw .unreadable(path: path, reason: message(failure)) }
        return bytes
    }

    /// Mapped files begin at a multiple of this many bytes, so that huge pages can take the place of the file's.
    private static let mappingAlignment = 2 << 20

    /// The bytes of a regular file, mapped read-only and shared with every process that maps it.
    ///
    /// Pages are read when they are first touched. A file that is cut short while it is mapped makes the process fail
    /// when the lost pages are touched: model files must not be changed in place.
    package static func map(_ path: String) throws(CheckpointError) -> Storage {
        let file = try open(path)
        defer { close(file.descriptor) }
        guard file.byteCount > 0 else { return Storage(hostByteCount: 0) }
        guard let reserved = unsafe reserve(file.byteCount) else {
            throw .unreadable(path: path, reason: message(errno))
        }
        let flags = MAP_SHARED | MAP_FIXED
        let address = unsafe mmap(reserved, file.byteCount, PROT_READ, flags, file.descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            let code = errno
            unsafe munmap(reserved, file.byteCount)
            throw .unreadable(path: path, reason: message(code))
        }
        return unsafe Storage(unsafeBaseAddress: address, byteCount: file.byteCount) { address, byteCount in
            unsafe munmap(address, byteCount)
        }
    }

    /// Aligned addresses for a mapping, `nil` where there are none.
    @unsafe
    private static func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let size = byteCount + mappingAlignment
        let memory = unsafe mmap(nil, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return nil }
        let before = (mappingAlignment - Int(bitPattern: memory) % mappingAlignment) % mappingAlignment
        if before > 0 { unsafe munmap(memory, before) }
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        let end = (byteCount + pageSize - 1) / pageSize * pageSize
        if before + end < size { unsafe munmap(memory + before + end, size - before - end) }
        return unsafe memory + before
    }

    /// Forgets the pages of a mapped file that lie wholly in a range; they are read again when they are touched.
    package static func forget(_ storage: Storage, _ range: Range<Int>) {
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        let start = (range.lowerBound + pageSize - 1) / pageSize * pageSize
        let end = range.upperBound / pageSize * pageSize
        guard start < end else { return }
        unsafe madvise(storage.baseAddress + start, end - start, MADV_DONTNEED)
    }

    private static func open(_ path: String) throws(CheckpointError) -> (descriptor: Int32, byteCount: Int) {
        // non-blocking, so that a named pipe cannot hold the open
        let descriptor = openForReading(path)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: message(errno)) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .unreadable(path: path, reason: message(code))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadable(path: path, reason: "it is not a regular file")
        }
        return (descriptor, Int(status.st_size))
    }

    private static func message(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

private func openForReading(_ path: String) -> Int32 { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }

@unsafe
private func readChunk(_ descriptor: Int32, _ address: UnsafeMutablePointer<UInt8>?, _ byteCount: Int) -> Int {
    unsafe read(descriptor, address, byteCount)
}
