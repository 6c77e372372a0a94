/// The distribution a token is drawn from: softmax of the processed logits over the temperature, cut by min-p, top-k and
/// top-p in this order.
///
/// Nothing is sorted. A filter gives a lower bound of the logits that it can keep, only the elements above it are looked
/// at, and a partial selection finds the exact cut. A draw walks the kept tokens in the order of their ids until the
/// running sum of their weights passes `uniform · total`.
struct TokenDistribution {
    let scan: LogitsScan
    let temperature: Float
    let minP: Float
    let topK: Int
    let topP: Float

    /// The distribution of a row for a choice that is not greedy.
    init(_ scan: LogitsScan, temperature: Float, parameters: SamplingParameters) {
        self.scan = scan
        self.temperature = temperature
        minP = parameters.minP
        topK = parameters.topK > 0 && parameters.topK < scan.count ? parameters.topK : 0
        topP = parameters.topP
    }

    /// A token, for a random number in [0, 1).
    func draw(uniform: Double) throws(SamplingError) -> Int32 {
        guard scan.maximum > -.infinity else { throw .noTokenLeft }
        guard scan.maximum < .infinity else { throw .logitsNotFinite }
        if minP > 0 || topK > 0 { return try drawFiltered(uniform) }
        let inverseTemperature = 1 / temperature
        let sums = scan.blockSums(inverseTemperature: inverseTemperature)
        let total = sums.reduce(0, +)
        guard total.isFinite else { throw .logitsNotFinite }
        if topP < 1 { return try drawNucleus(uniform, total: total) }
        // find the block, then the token in it
        var left = uniform * total
        var block = 0
        while block < sums.count - 1, left >= sums[block] {
            left -= sums[block]
            block += 1
        }
        return Int32(scan.index(inBlock: block, inverseTemperature: inverseTemperature, target: left))
    }

    /// Top-p alone: the total is over all tokens, the candidates are the few that can be kept.
    private func drawNucleus(_ uniform: Double, total: Double) throws(SamplingError) -> Int32 {
        let bound = TopP.lowerBound(
            topP,
            total: total,
            count: scan.count,
            maximum: scan.maximum,
            temperature: temperature
        )
        var candidates = Candidates(scan, atLeast: bound)
        candidates.computeWeights(scan, temperature: temperature)
        candidates.keep(from: candidates.cut(mass: Double(topP) * total))
        return try draw(uniform, from: candidates)
    }

    /// Min-p and top-k leave few candidates; top-p is relative to what they keep.
    private func drawFiltered(_ uniform: Double) throws(SamplingError) -> Int32 {
        var bound = -Float.greatestFiniteMagnitude
        if minP > 0 {
            bound = max(bound, MinP.lowerBound(minP, maximum: scan.maximum, temperature: temperature))
        }
        if topK > 0 { bound = max(bound, TopK.lowerBound(topK, scan)) }
        var candidates = Candidates(scan, atLeast: bound)
        if topK > 0 { candidates.keep(from: candidates.cut(count: topK)) }
        candidates.computeWeights(scan, temperature: temperature)
        if minP > 0 { candidates.keep { MinP.keeps($0, minP) } }
        if topP < 1 {
            candidates.keep(from: candidates.cut(mass: Double(topP) * candidates.totalWeight))
        }
        return try draw(uniform, from: candidates)
    }

    private func draw(_ uniform: Double, from candidates: Candidates) throws(SamplingError) -> Int32 {
        let total = candidates.totalWeight
        guard total > 0, total.isFinite else { throw .logitsNotFinite }
        var left = uniform * total
        var last = 0
        for place in 0..<candidates.count where candidates.weights[place] > 0 {
            last = place
            left -= candidates.weights[place]
            if left < 0 { break }
        }
        return candidates.tokenID(last)
    }
}
