import MartletGrammars
import Synchronization

/// Finds the allowed tokens of constrained choices on a thread of its own, while the model computes their logits.
///
/// The engine's thread calls `begin` and then `finish`, in turn.
final class MaskWorker: Sendable {
    /// A choice that needs a mask.
    struct Task: Sendable {
        var matcher: GrammarMatcher
        var defersEnd: Bool
    }

    private struct State {
        var tasks: [Task] = []
        var masks: [TokenMask] = []
        var isStarted = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let work = Wakeup()
    private let done = Wakeup()

    /// Starts to compute; the thread is made at the first call.
    func begin(_ tasks: [Task]) {
        let isFirst = state.withLock { state in
            state.tasks = tasks
            defer { state.isStarted = true }
            return !state.isStarted
        }
        if isFirst { SystemThread.start { self.run() } }
        work.signal()
    }

    /// Waits for the masks, in the order of the tasks.
    func finish() -> [TokenMask] {
        done.wait()
        return state.withLock { state in
            defer { state.masks = [] }
            return state.masks
        }
    }

    /// Ends the thread.
    func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    private func run() {
        while true {
            work.wait()
            let (tasks, isStopped) = state.withLock { state in
                defer { state.tasks = [] }
                return (state.tasks, state.isStopped)
            }
            if isStopped { return }
            let masks = tasks.map { TokenMask($0.matcher, defersEnd: $0.defersEnd) }
            state.withLock { $0.masks = masks }
            done.signal()
        }
    }
}
