import Glibc

/// The file operations of the cache, each a thin cover over a system call with the path in its error.
enum FileSystem {
    /// What a path leads to, links followed.
    enum Kind: Equatable {
        /// A regular file and its bytes.
        case file(byteCount: Int)
        /// A folder.
        case folder
        /// Anything else.
        case other
    }

    /// What is at the path, or `nil` where nothing is or a link leads nowhere.
    static func kind(of path: String) -> Kind? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file(byteCount: Int(status.st_size))
        case S_IFDIR: .folder
        default: .other
        }
    }

    /// Whether the path leads to a regular file.
    static func isFile(_ path: String) -> Bool {
        if case .file = kind(of: path) { true } else { false }
    }

    /// Creates the folder and those above it; does nothing where it exists.
    static func createFolder(_ path: String) throws(HubError) {
        if kind(of: path) == .folder { return }
        let parent = folder(of: path)
        if parent != path { try createFolder(parent) }
        guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("create the folder", path) }
    }

    /// The path without its last component.
    static func folder(of path: String) -> String {
        var trimmed = path[...]
        while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// The bytes of a file, or `nil` where there is none.
    ///
    /// - Throws: `HubError.fileSystem` when it cannot be read or holds more than `limit` bytes.
    static func read(_ path: String, limit: Int) throws(HubError) -> [UInt8]? {
        guard case .file(let byteCount) = kind(of: path) else { return nil }
        guard byteCount <= limit else { throw .fileSystem(operation: "read", path: path, errno: EFBIG) }
        return try OpenFile(path, flags: O_RDONLY).bytes(at: 0, count: byteCount)
    }

    /// Writes the file so that a reader sees either the old bytes or the new ones.
    static func writeAtomically(_ bytes: [UInt8], to path: String) throws(HubError) {
        let temporary = "\(path).\(UInt64.random(in: 0 ... .max)).tmp"
        let file = try OpenFile(temporary, flags: O_WRONLY | O_CREAT | O_EXCL)
        do throws(HubError) {
            try unsafe file.write(bytes.span.bytes, at: 0)
            try move(temporary, to: path)
        } catch {
            remove(temporary)
            throw error
        }
    }

    /// Renames a file over another.
    static func move(_ source: String, to destination: String) throws(HubError) {
        guard unsafe rename(source, destination) == 0 else { throw failure("write", destination) }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    /// Puts a symbolic link with that text at the path, replacing what is there in one step.
    static func link(_ path: String, to target: String) throws(HubError) {
        let temporary = "\(path).\(UInt64.random(in: 0 ... .max)).tmp"
        guard unsafe symlink(target, temporary) == 0 else { throw failure("link", path) }
        do throws(HubError) {
            try move(temporary, to: path)
        } catch {
            remove(temporary)
            throw error
        }
    }

    /// The names in a folder, without `.` and `..`, sorted; empty where there is no such folder.
    static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes that an ordinary user may still write in the folder's file system; `nil` where it does not say.
    static func freeBytes(in folder: String) -> Int? {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int(clamping: bytes)
    }

    /// The operating system's text for an error number.
    static func message(_ number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The error of the system call that has just failed.
    static func failure(_ operation: String, _ path: String) -> HubError {
        let number = errno
        guard number != ENOSPC, number != EDQUOT else {
            return .diskFull(folder: folder(of: path), needed: 1, free: 0)
        }
        return .fileSystem(operation: operation, path: path, errno: number)
    }
}

/// A file descriptor that is closed with its last reference.
///
/// Reading and writing name their offsets, so that no position is shared.
final class OpenFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Opens the file; a new one gets the rights that the process's mask leaves.
    init(_ path: String, flags: Int32) throws(HubError) {
        descriptor = unsafe open(path, flags | O_CLOEXEC, 0o666)
        self.path = path
        guard descriptor >= 0 else { throw FileSystem.failure("open", path) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The file's size in bytes.
    var byteCount: Int {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether the file still has a name.
    var hasName: Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    /// Up to `count` bytes from that offset; fewer at the end of the file.
    func bytes(at offset: Int, count: Int) throws(HubError) -> [UInt8] {
        var filled = 0
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while filled < count {
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]
                )
                let read = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
                if read < 0, errno == EINTR { continue }
                failed = read < 0
                guard read > 0 else { break }
                filled += read
            }
            initialized = filled
        }
        if failed { throw FileSystem.failure("read", path) }
        return bytes
    }

    /// Writes all bytes at that offset.
    func write(_ bytes: RawSpan, at offset: Int) throws(HubError) {
        var written = 0
        while written < bytes.byteCount {
            let count = unsafe bytes.extracting(written...).withUnsafeBytes { rest in
                unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileSystem.failure("write", path) }
            written += count
        }
    }

    /// Cuts the file, or fills it with zeros, to that size.
    func setByteCount(_ byteCount: Int) throws(HubError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw FileSystem.failure("write", path) }
    }

    /// Waits until the bytes are on the disk.
    func synchronize() throws(HubError) {
        guard fsync(descriptor) == 0 else { throw FileSystem.failure("write", path) }
    }

    /// Takes the file's exclusive advisory lock if nobody holds it.
    func tryLock() throws(HubError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK || errno == EINTR || errno == EACCES else {
            throw FileSystem.failure("lock", path)
        }
        return false
    }
}
