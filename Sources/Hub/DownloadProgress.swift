/// How far a download is.
package struct DownloadProgress: Sendable, Hashable {
    /// The file that the event is about.
    package let file: String
    /// The file's bytes that are here.
    package let fileByteCount: Int
    /// The file's size in bytes.
    package let fileTotalByteCount: Int
    /// The bytes of all files that are here, those of earlier attempts included.
    package let byteCount: Int
    /// The bytes of all files that were missing at the start.
    package let totalByteCount: Int
    /// The bytes that came over the network in this attempt.
    package let receivedByteCount: Int
    /// The files that are complete.
    package let fileCount: Int
    /// The files that were missing at the start.
    package let totalFileCount: Int

    /// Whether the event's file has just become complete.
    package let isFileComplete: Bool

    /// A state of a download.
    package init(
        file: FileState,
        byteCount: Int,
        totalByteCount: Int,
        receivedByteCount: Int,
        fileCount: Int,
        totalFileCount: Int
    ) {
        self.file = file.name
        fileByteCount = file.byteCount
        fileTotalByteCount = file.totalByteCount
        isFileComplete = file.isComplete
        self.byteCount = byteCount
        self.totalByteCount = totalByteCount
        self.receivedByteCount = receivedByteCount
        self.fileCount = fileCount
        self.totalFileCount = totalFileCount
    }

    /// How far one file is.
    package struct FileState: Sendable, Hashable {
        /// The file's name within the model.
        package var name: String
        /// The bytes that are here.
        package var byteCount: Int
        /// The size in bytes.
        package var totalByteCount: Int
        /// Whether the file is checked and in its place.
        package var isComplete: Bool

        /// A state of a file.
        package init(name: String, byteCount: Int, totalByteCount: Int, isComplete: Bool) {
            self.name = name
            self.byteCount = byteCount
            self.totalByteCount = totalByteCount
            self.isComplete = isComplete
        }
    }
}

/// What happens while a model is looked up.
package enum HubEvent: Sendable, Hashable {
    /// Bytes arrived, or a file became complete.
    case progress(DownloadProgress)
    /// Another process downloads the file; this one waits for it.
    case waiting(file: String)
    /// A request failed and is tried again.
    case retrying(file: String, after: HubError)
    /// The hub gave no usable answer; the commit in the cache is used.
    case usingCache(commit: String, after: HubError)
}
