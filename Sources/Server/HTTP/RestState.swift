import Synchronization

/// Whether an operator keeps the server from generating.
package final class RestState: Sendable {
    private struct State {
        var sleepLevel: Int?
        var isPaused = false
    }

    private let state = Mutex(State())

    /// Awake.
    package init() {}

    /// The level of sleep; `nil` while awake.
    package var sleepLevel: Int? {
        get { state.withLock { $0.sleepLevel } }
        set { state.withLock { $0.sleepLevel = newValue } }
    }

    /// Whether generation is paused.
    package var isPaused: Bool {
        get { state.withLock { $0.isPaused } }
        set { state.withLock { $0.isPaused = newValue } }
    }

    /// Why requests are refused; `nil` where they are not.
    package var reason: String? {
        state.withLock { state in
            if state.sleepLevel != nil { return "The server sleeps. POST /wake_up wakes it." }
            return state.isPaused ? "The server is paused. POST /resume lets it go on." : nil
        }
    }
}
