import Synchronization

/// Adds up what the files of one download report, and passes each state on.
final class ProgressTracker: Sendable {
    private struct State {
        var byteCounts: [String: Int] = [:]
        var byteCount = 0
        var receivedByteCount = 0
        var fileCount = 0
    }

    private let state = Mutex(State())
    private let totalByteCount: Int
    private let totalFileCount: Int
    private let report: @Sendable (HubEvent) -> Void

    /// A tracker of so many files with so many bytes in all.
    init(totalByteCount: Int, totalFileCount: Int, report: @escaping @Sendable (HubEvent) -> Void) {
        self.totalByteCount = totalByteCount
        self.totalFileCount = totalFileCount
        self.report = report
    }

    /// Notes how many bytes of a file are here, and how many of them came just now.
    func update(_ file: RemoteFile, byteCount: Int, received: Int, isComplete: Bool = false) {
        let progress = state.withLock { state in
            state.byteCount += byteCount - (state.byteCounts[file.name] ?? 0)
            state.byteCounts[file.name] = byteCount
            state.receivedByteCount += received
            state.fileCount += isComplete ? 1 : 0
            return DownloadProgress(
                file: .init(
                    name: file.name,
                    byteCount: byteCount,
                    totalByteCount: file.byteCount,
                    isComplete: isComplete
                ),
                byteCount: state.byteCount,
                totalByteCount: totalByteCount,
                receivedByteCount: state.receivedByteCount,
                fileCount: state.fileCount,
                totalFileCount: totalFileCount
            )
        }
        report(.progress(progress))
    }

    /// Passes on an event that changes no count.
    func note(_ event: HubEvent) { report(event) }
}
