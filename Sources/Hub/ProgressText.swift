/// Turns the events of a download into the text that a terminal or a log shows; pure, with the time given from outside.
///
/// A terminal gets one line that is overwritten, and above it a line per complete file. A log gets whole lines only.
package struct ProgressText: Sendable {
    private static let clearLine = "\r\u{1B}[K"
    private static let rateWindow: Duration = .seconds(5)

    /// The terminal's columns; `nil` for a log.
    private let columns: Int?
    /// The least time between two lines of state.
    private let interval: Duration
    private var samples: [(time: Duration, byteCount: Int)] = []
    private var lastShown: Duration?
    private var isLineOpen = false

    /// Text for a terminal with that many columns, or for a log when `columns` is `nil`.
    package init(columns: Int?) {
        self.columns = columns
        interval = columns == nil ? .seconds(10) : .milliseconds(100)
    }

    /// What is to be written for an event.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - time: the time since any fixed moment; it never goes back.
    /// - Returns: the text, empty when nothing is to be written.
    package mutating func text(for event: HubEvent, at time: Duration) -> String {
        switch event {
        case .progress(let progress): return state(progress, at: time)
        case .waiting(let file): return line("waiting for another process that downloads \(file)")
        case .retrying(let file, let error): return line("\(file): \(error) Trying again.")
        case .usingCache(let commit, let error):
            return line("warning: using the cached commit \(commit.prefix(12)): \(error)")
        }
    }

    /// What ends an open line; empty when none is open.
    package mutating func finish() -> String {
        defer { isLineOpen = false }
        return isLineOpen ? Self.clearLine : ""
    }

    private mutating func line(_ text: String) -> String { finish() + text + "\n" }

    private mutating func state(_ progress: DownloadProgress, at time: Duration) -> String {
        samples.append((time, progress.receivedByteCount))
        while samples.count > 2, time - samples[0].time > Self.rateWindow { samples.removeFirst() }
        var text = ""
        if progress.isFileComplete {
            text += line("\(progress.file)  \(ByteCount.text(progress.fileTotalByteCount))")
        }
        let isDue = lastShown.map { time - $0 >= interval } ?? (columns != nil)
        if lastShown == nil { lastShown = time }
        guard isDue, progress.fileCount < progress.totalFileCount else { return text }
        lastShown = time
        guard let columns else { return text + line(summary(progress)) }
        isLineOpen = true
        return text + Self.clearLine + String(summary(progress).prefix(max(columns - 1, 0)))
    }

    /// All files, their bytes, share, speed and remaining time, then the file at hand.
    private func summary(_ progress: DownloadProgress) -> String {
        var parts = [
            "\(progress.fileCount)/\(progress.totalFileCount) files",
            "\(ByteCount.text(progress.byteCount)) of \(ByteCount.text(progress.totalByteCount))",
            Self.percent(progress.byteCount, of: progress.totalByteCount),
        ]
        if let rate = rate {
            parts.append("\(ByteCount.text(Int(rate)))/s")
            let left = Double(progress.totalByteCount - progress.byteCount) / rate
            parts.append("ETA \(Self.clock(left))")
        }
        parts.append("\(progress.file) \(Self.percent(progress.fileByteCount, of: progress.fileTotalByteCount))")
        return parts.joined(separator: "  ")
    }

    /// Bytes per second over the last few seconds; `nil` while too little is known.
    private var rate: Double? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let seconds = (last.time - first.time) / .seconds(1)
        let received = last.byteCount - first.byteCount
        return seconds >= 0.2 && received > 0 ? Double(received) / seconds : nil
    }

    private static func percent(_ part: Int, of whole: Int) -> String {
        whole > 0 ? "\(Int(Double(part) / Double(whole) * 100))%" : "100%"
    }

    /// Seconds as `M:SS` or `H:MM:SS`.
    private static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "–" }
        let whole = Int(seconds.rounded(.up))
        let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        let minutes = whole / 60 % 60
        return whole < 3600
            ? "\(minutes):\(two(whole % 60))" : "\(whole / 3600):\(two(minutes)):\(two(whole % 60))"
    }
}
