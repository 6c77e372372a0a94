import Glibc

/// An exclusive lock on a file, shared with other processes and with Python's `filelock`; released with its last reference.
final class FileLock: Sendable {
    private let file: OpenFile

    private init(_ file: OpenFile) {
        self.file = file
    }

    /// Waits for the lock, without blocking a thread.
    ///
    /// - Parameters:
    ///   - path: the lock file; it is created and stays.
    ///   - waiting: called once when somebody else holds the lock.
    /// - Returns: the lock, held as long as it is referenced.
    /// - Throws: `HubError.fileSystem`, or `.cancelled`.
    static func acquire(_ path: String, waiting: () -> Void = {}) async throws(HubError) -> FileLock {
        try FileSystem.createFolder(FileSystem.folder(of: path))
        var hasWaited = false
        while true {
            let file = try OpenFile(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
            // a lock on a file that was removed meanwhile guards nothing
            if try file.tryLock(), file.hasName { return FileLock(file) }
            if !hasWaited { waiting() }
            hasWaited = true
            do {
                try await Task.sleep(for: .milliseconds(100))
            } catch {
                throw .cancelled
            }
        }
    }
}
