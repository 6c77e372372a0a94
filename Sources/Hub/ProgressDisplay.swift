import Glibc
import Synchronization

/// Shows the events of a download on standard error: a bar on a terminal, plain lines elsewhere.
package final class ProgressDisplay: Sendable {
    private let text: Mutex<ProgressText>
    private let start = ContinuousClock.now

    /// A display that looks once whether standard error is a terminal, and how wide.
    package init() {
        text = Mutex(ProgressText(columns: Self.terminalColumns))
    }

    /// Shows an event.
    package func show(_ event: HubEvent) {
        text.withLock { text in
            Self.write(text.text(for: event, at: ContinuousClock.now - start))
        }
    }

    /// Clears an unfinished line, so that other output starts on a fresh one.
    package func finish() {
        text.withLock { Self.write($0.finish()) }
    }

    private static var terminalColumns: Int? {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
