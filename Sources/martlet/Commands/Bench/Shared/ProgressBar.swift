import Foundation

/// How far a run is, drawn on one line of standard error where that is a terminal.
struct ProgressBar {
    private static let width = 30
    private let total: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?
    private var done = 0

    init(total: Int, isEnabled: Bool = true) {
        self.total = total
        isShown = isEnabled && isatty(STDERR_FILENO) == 1
    }

    /// Counts one more as done; draws at most ten times a second.
    mutating func advance() {
        done += 1
        guard isShown else { return }
        let now = ContinuousClock.now
        if let drawn, now - drawn < .milliseconds(100), done < total { return }
        drawn = now
        let seconds = (now - start) / .seconds(1)
        let filled = Self.width * done / max(1, total)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        let rate = String(format: "%.2f", Double(done) / max(seconds, 1e-9))
        let end = done == total ? "\n" : ""
        FileHandle.standardError.write(Data("\r[\(bar)] \(done)/\(total)  \(rate) requests/s  \(end)".utf8))
    }
}
