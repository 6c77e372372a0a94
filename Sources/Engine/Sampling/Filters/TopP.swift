#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps the fewest likeliest tokens whose probabilities add up to at least `p`.
///
/// Looks for the last token kept in a range of logits that shrinks until few tokens lie in it: first by a bound, then,
/// where the distribution is flat, by histograms of the weights over the range.
struct TopP {
    let scan: LogitsScan
    let temperature: Float
    let topP: Float
    /// The sum of the weights that the earlier filters keep.
    let total: Double

    /// So few that selecting among them costs less than another pass.
    private static let selectionLimit = 4096
    private static let firstBlockCount = 128
    private static let bucketCount = 512
    private static let maximumRounds = 3

    private struct Bucket {
        var mass = 0.0
        var least = Float.infinity
        var greatest = -Float.infinity

        mutating func add(_ logit: Float, weight: Double) {
            mass += weight
            if logit < least { least = logit }
            if logit > greatest { greatest = logit }
        }
    }

    private var inverseTemperature: Float { 1 / temperature }

    /// The cut, at least as strict as that of the earlier filters.
    func cut(within earlier: Cut) -> Cut {
        if let cut = cutAmongTheGreatest(earlier) { return cut }
        var range = max(earlier.logit, lowerBound)...scan.maximum
        var mass = Double(topP) * total
        var rounds = 0
        while true {
            let limit = rounds < Self.maximumRounds ? Self.selectionLimit : scan.count
            if let candidates = candidates(in: range, earlier, limit: limit) {
                return earlier.stricter(candidates.cut(mass: mass))
            }
            (range, mass) = narrowed(range, earlier, mass: mass)
            rounds += 1
        }
    }

    /// The cut where the tokens above the greatest maxima of blocks reach the mass: the usual case, and cheap.
    private func cutAmongTheGreatest(_ earlier: Cut) -> Cut? {
        let bound = Candidates(values: scan.blockMaxima).cut(count: Self.firstBlockCount).logit
        let range = max(earlier.logit, bound)...scan.maximum
        guard let candidates = candidates(in: range, earlier, limit: Self.selectionLimit),
            candidates.totalWeight >= Double(topP) * total
        else { return nil }
        return earlier.stricter(candidates.cut(mass: Double(topP) * total))
    }

    /// No kept logit lies below it.
    ///
    /// All tokens lighter than `(1 − p) · total / count` weigh less than `(1 − p) · total` together, so the others reach
    /// `p · total` without them. Slightly low for the rounding of the total.
    private var lowerBound: Float {
        let lightest = (1 - Double(topP)) * total / Double(scan.count) * 0.999
        let bound = Float(Double(scan.maximum) + Double(temperature) * log(lightest)).nextDown
        return min(max(bound, Cut.all.logit), scan.maximum)
    }

    private func candidates(in range: ClosedRange<Float>, _ earlier: Cut, limit: Int) -> Candidates? {
        var candidates = Candidates()
        scan.forEachWeight(in: range, inverseTemperature: inverseTemperature) { index, logit, weight in
            if earlier.keeps(logit, index) { candidates.append(index, logit, weight: weight) }
            return candidates.count <= limit
        }
        return candidates.count <= limit ? candidates : nil
    }

    /// The part of the range in which the running sum of the weights, likeliest first, passes `mass`, and what is left of
    /// the mass there.
    private func narrowed(
        _ range: ClosedRange<Float>,
        _ earlier: Cut,
        mass: Double
    ) -> (range: ClosedRange<Float>, mass: Double) {
        var buckets = [Bucket](repeating: Bucket(), count: Self.bucketCount)
        let width = range.upperBound - range.lowerBound
        guard width > 0, width.isFinite else { return (range, mass) }
        let scale = Float(Self.bucketCount - 1) / width
        scan.forEachWeight(in: range, inverseTemperature: inverseTemperature) { index, logit, weight in
            guard earlier.keeps(logit, index) else { return true }
            let bucket = min(Int((range.upperBound - logit) * scale), Self.bucketCount - 1)
            buckets[bucket].add(logit, weight: Double(weight))
            return true
        }
        var left = mass
        var chosen = range
        for bucket in buckets where bucket.least <= bucket.greatest {
            chosen = bucket.least...bucket.greatest
            if left <= bucket.mass { break }
            left -= bucket.mass
        }
        return (chosen, left)
    }
}
