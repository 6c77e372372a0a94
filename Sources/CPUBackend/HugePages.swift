import CMartletKernels
import Glibc
import MartletTensors

/// Moves mapped weights from the small pages of their files into huge pages, on a thread of its own.
///
/// A file's pages are 4 KB: reading a gigabyte of weights for every token costs hundreds of thousands of address
/// translations. Contents and addresses stay as they are, and what reads the weights meanwhile goes on.
///
/// `@unchecked Sendable`: the thread is made and joined by the one thread at a time that uses the backend; what the thread
/// itself uses is immutable.
@safe
final class HugePages: @unchecked Sendable {
    private static let pageSize = 2 << 20
    /// Moved at a time: short enough that readers hardly wait.
    private static let chunk = 8 * pageSize

    private var thread: pthread_t?

    /// Starts moving all whole huge pages of some mappings.
    func move(_ storages: [Storage]) {
        wait()
        guard Self.areAvailable, !storages.isEmpty else { return }
        let argument = unsafe Unmanaged.passRetained(Job(storages)).toOpaque()
        var thread = pthread_t()
        guard unsafe pthread_create(&thread, nil, moveMain, argument) == 0 else {
            unsafe Unmanaged<Job>.fromOpaque(argument).release()
            return
        }
        self.thread = thread
    }

    /// Waits until everything is moved.
    func wait() {
        guard let thread else { return }
        pthread_join(thread, nil)
        self.thread = nil
    }

    deinit { wait() }

    /// Whether the system gives huge pages to those who ask.
    private static var areAvailable: Bool {
        guard let state = HostMemory.contents(of: "/sys/kernel/mm/transparent_hugepage/enabled") else { return false }
        return state.contains("[always]") || state.contains("[madvise]")
    }

    fileprivate static func move(_ storage: Storage) {
        let whole = storage.byteCount / pageSize * pageSize
        for start in stride(from: 0, to: whole, by: chunk) {
            let count = min(chunk, whole - start)
            guard unsafe ck_move_to_huge_pages(storage.baseAddress + start, count) == 0 else { return }
        }
    }
}

/// What the thread begins with.
private final class Job {
    let storages: [Storage]

    init(_ storages: [Storage]) { self.storages = storages }
}

private func moveMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    for storage in unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().storages { HugePages.move(storage) }
    return nil
}
