extension Engine {
    /// Runs one step on the calling thread: for tests that want to decide what happens between two steps.
    ///
    /// - Important: either `start` the thread or call this, never both.
    /// - Returns: what is wrong with the state after the step; empty where nothing is.
    package func step() -> [String] {
        precondition(!inbox.isStarted, "the engine's thread is running")
        _ = core.turn(mayWait: false)
        return core.violations()
    }
}
