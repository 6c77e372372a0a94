extension Scheduler {
    /// What is wrong between two steps; empty where nothing is.
    ///
    /// Every block is counted as often as a running sequence's table names it and queued sequences hold none; tables
    /// cover what is computed; seats add up; the order is kept.
    func violations() -> [String] {
        var found: [String] = []
        var users: [BlockID: Int] = [:]
        for sequence in running {
            let name = "\(sequence.request.submitted.id) choice \(sequence.choice)"
            for block in sequence.blockTable { users[block, default: 0] += 1 }
            if sequence.status != .running { found.append("\(name) is in the batch but \(sequence.status)") }
            if sequence.computedTokenCount >= sequence.tokenIDs.count { found.append("\(name) has nothing to compute") }
            if sequence.blockTable.count * kv.blockSize < sequence.computedTokenCount {
                found.append("\(name) has computed more tokens than its blocks hold")
            }
        }
        let seats = running.reduce(0) { $0 + $1.seatCount }
        if seats != seatCount { found.append("\(seats) seats are taken, counted \(seatCount)") }
        if zip(running, running.dropFirst()).contains(where: { $0.key > $1.key }) {
            found.append("running out of order")
        }
        return found + waiting.violations() + kv.pool.violations(users: users)
    }
}
