import Synchronization

/// Tells whoever wants to know that matching a pattern was given up, so that the pieces of a text are not what the
/// pattern says.
enum PatternExhaustion {
    /// Where matchers of this task report; set around the call that is to be checked.
    @TaskLocal static var report: Report?

    /// What the matchers of one call had to give up.
    final class Report: Sendable {
        private let source = Mutex<String?>(nil)

        /// The first pattern that was given up.
        var pattern: String? { source.withLock { $0 } }

        func record(_ pattern: String) { source.withLock { $0 = $0 ?? pattern } }
    }
}
