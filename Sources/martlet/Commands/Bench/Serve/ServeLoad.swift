import Foundation

/// Sends a load and collects what becomes of it.
struct ServeLoad {
    let client: LoadClient
    /// When each request is sent, in seconds.
    let arrivals: [Double]
    let maxConcurrency: Int?
    let showsProgress: Bool

    /// Sends each request at its time, at most `maxConcurrency` at once.
    ///
    /// - Returns: the outcomes in the order of the requests, and the time in seconds until the last answer.
    func run(_ requests: [LoadRequest]) async throws -> (outcomes: [LoadOutcome], duration: Double) {
        let clock = ContinuousClock()
        let limit = ConcurrencyLimit(maxConcurrency)
        var progress = ProgressBar(total: requests.count, isEnabled: showsProgress)
        let begin = clock.now
        let outcomes = try await withThrowingTaskGroup(of: (Int, LoadOutcome).self) { group in
            for (number, (request, arrival)) in zip(requests, arrivals).enumerated() {
                let due = begin + .seconds(arrival)
                group.addTask { [client] in
                    if arrival > 0 { try await clock.sleep(until: due) }
                    await limit.enter()
                    let wait = clock.now - due
                    var outcome = await client.send(request, since: begin)
                    outcome.queueTime = max(0, wait / .seconds(1))
                    await limit.leave()
                    return (number, outcome)
                }
            }
            var outcomes = [LoadOutcome?](repeating: nil, count: requests.count)
            for try await (number, outcome) in group {
                outcomes[number] = outcome
                progress.advance()
            }
            return outcomes.compactMap { $0 }
        }
        return (outcomes, (clock.now - begin) / .seconds(1))
    }
}
