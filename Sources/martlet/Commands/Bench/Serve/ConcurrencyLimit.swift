/// Lets a number of tasks through at a time, in the order in which they ask.
actor ConcurrencyLimit {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var firstWaiting = 0

    /// A limit; `nil` for none.
    init(_ limit: Int?) { free = limit ?? .max }

    /// Returns when the task may go on; each call is followed by one of `leave`.
    func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Lets the next task through.
    func leave() {
        guard firstWaiting < waiting.count else {
            free += 1
            return
        }
        waiting[firstWaiting].resume()
        firstWaiting += 1
        if firstWaiting == waiting.count {
            waiting.removeAll()
            firstWaiting = 0
        }
    }
}
