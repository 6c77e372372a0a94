/// The distribution a token is drawn from: softmax of the processed logits over the temperature, cut by min-p, top-k and
/// top-p in this order.
///
/// Nothing is sorted. Each filter finds the last token that it keeps, looking at few. A draw walks the kept tokens in the
/// order of their ids until the running sum of their weights passes `uniform · total`.
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
        let inverseTemperature = 1 / temperature
        var cut = Cut.all
        if minP > 0 { cut = cut.stricter(MinP.cut(minP, maximum: scan.maximum, temperature: temperature)) }
        if topK > 0 { cut = cut.stricter(TopK.cut(topK, scan)) }
        var sums = scan.blockSums(cut, inverseTemperature: inverseTemperature)
        var total = sums.reduce(0, +)
        guard total.isFinite else { throw .logitsNotFinite }
        if topP < 1 {
            cut = TopP(scan: scan, temperature: temperature, topP: topP, total: total).cut(within: cut)
            sums = scan.blockSums(cut, inverseTemperature: inverseTemperature)
            total = sums.reduce(0, +)
        }
        // the block, then the token in it
        var left = uniform * total
        var chosen = 0
        for block in sums.indices where sums[block] > 0 {
            chosen = block
            if left < sums[block] { break }
            left -= sums[block]
        }
        return Int32(scan.index(inBlock: chosen, cut, inverseTemperature: inverseTemperature, target: left))
    }
}
