/// When the requests of a load are sent.
enum ArrivalTimes {
    /// Seconds from the beginning for each of `count` requests, ascending.
    ///
    /// Gaps are drawn from a gamma distribution of shape `burstiness` and mean 1 / `rate`: a Poisson process at 1, more
    /// even above. All are scaled so that the last request is sent after `count` / `rate` seconds, whatever was drawn.
    ///
    /// - Parameters:
    ///   - count: the number of requests.
    ///   - rate: requests per second; infinite for all at once.
    ///   - burstiness: greater than 0; infinite for equal gaps.
    ///   - random: draws the gaps.
    /// - Returns: the times.
    static func draw(
        count: Int,
        rate: Double,
        burstiness: Double,
        using random: inout SeededRandom
    ) -> [Double] {
        guard rate.isFinite, count > 0 else { return Array(repeating: 0, count: count) }
        var time = 0.0
        let times = (0..<count).map { _ in
            time += burstiness.isFinite ? random.gamma(shape: burstiness, scale: 1 / (rate * burstiness)) : 1 / rate
            return time
        }
        return times.map { $0 * (Double(count) / rate) / time }
    }
}
