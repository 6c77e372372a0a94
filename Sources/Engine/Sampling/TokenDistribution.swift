import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The distribution a token is drawn from: softmax of the processed logits over the temperature, cut by min-p, top-k and
/// top-p in this order.
///
/// A draw walks the kept tokens in the order of their ids until the running sum of their weights passes
/// `uniform · total`. Top-p needs no search for its last token: a token is drawn from all, and it is in the nucleus when
/// the tokens before it, likeliest first, weigh less than `p` together. If it is not, the next draw is from those tokens
/// only, which contain the nucleus: what comes out at last has exactly the nucleus's distribution. One draw suffices with
/// probability `p`, and `1 + ln 1/p` are needed on average.
struct TokenDistribution {
    let scanner: any RowScanner
    let temperature: Float
    let minP: Float
    /// 0 for all.
    let topK: Int
    let topP: Float

    /// How many blocks are weighed before it is looked whether that decides.
    private static let stride = 16

    /// The distribution of a choice that is not greedy.
    init(_ scanner: any RowScanner, temperature: Float, parameters: SamplingParameters) {
        self.scanner = scanner
        self.temperature = temperature
        minP = parameters.minP
        topK = max(0, parameters.topK)
        topP = parameters.topP
    }

    /// A token of a row.
    ///
    /// - Parameters:
    ///   - row: the processed logits.
    ///   - numbers: decide which token.
    ///   - weights: those of the row at temperature 1, where they have been computed.
    /// - Returns: its id.
    /// - Throws: `SamplingError` when there is none to choose.
    func draw(_ row: Span<Float>, _ numbers: DrawNumbers, weights: RowWeights? = nil) throws(SamplingError) -> Int {
        var numbers = numbers
        var kept = try kept(row, weights)
        let nucleus = Double(topP) * kept.total
        while true {
            let token = kept.token(row, scanner, uniform: numbers.next())
            guard topP < 1, let rest = tokens(of: kept, before: token, row, nucleus: nucleus) else { return token }
            kept = rest
        }
    }

    /// The logits of the distribution: the row over the temperature, −∞ for what is cut.
    ///
    /// - Parameters:
    ///   - row: the processed logits.
    ///   - token: one that was drawn; kept where rounding would cut it.
    /// - Returns: as many elements as the row has.
    /// - Throws: `SamplingError` when there is none to choose.
    /// - Complexity: O(row · log row) with top-p.
    func logits(_ row: Span<Float>, keeping token: Int) throws(SamplingError) -> [Float] {
        let kept = try kept(row, nil)
        let cut = topP < 1 ? nucleus(of: kept, row) : kept.scan.cut
        return row.indices.map { cut.keeps(row[$0], $0) || $0 == token ? row[$0] / temperature : -.infinity }
    }

    /// The cut after the likeliest kept tokens that weigh the top-p share together.
    private func nucleus(of kept: WeighedTokens, _ row: Span<Float>) -> RowCut {
        let (maxima, cut) = (kept.scan.maxima, kept.scan.cut)
        let range = cut.value...Float.infinity
        var left = Double(topP) * kept.total
        for entry in Candidates(in: range, row, maxima, blockSize: scanner.blockSize).sorted() {
            left -= exp(Double((entry.value - maxima.greatest) * kept.scan.inverseTemperature))
            if left <= 0 { return cut.stricter(RowCut(value: entry.value, index: entry.index)) }
        }
        return cut
    }

    /// What min-p and top-k keep, weighed.
    private func kept(_ row: Span<Float>, _ known: RowWeights?) throws(SamplingError) -> WeighedTokens {
        let inverseTemperature = 1 / temperature
        if minP <= 0, topK == 0 || topK >= row.count {
            let known = inverseTemperature == 1 ? known : nil
            let weights = known ?? scanner.weights(row, inverseTemperature: inverseTemperature)
            try check(weights.maxima)
            let scan = RowScan(maxima: weights.maxima, cut: .all, inverseTemperature: inverseTemperature)
            return try check(WeighedTokens(scan: scan, sums: weights.sums))
        }
        let maxima = known?.maxima ?? scanner.maxima(row)
        try check(maxima)
        var cut = RowCut.all
        if minP > 0 { cut = cut.stricter(MinP.cut(minP, maximum: maxima.greatest, temperature: temperature)) }
        if topK > 0, topK < row.count { cut = cut.stricter(TopK.cut(topK, row, maxima, scanner)) }
        let scan = RowScan(maxima: maxima, cut: cut, inverseTemperature: inverseTemperature)
        var sums = [Float](repeating: 0, count: maxima.blocks.count)
        scanner.keptWeights(row, scan, blocks: sums.indices, into: &sums)
        return try check(WeighedTokens(scan: scan, sums: sums))
    }

    private func check(_ maxima: RowMaxima) throws(SamplingError) {
        guard maxima.greatest > -.infinity else { throw .noTokenLeft }
        guard maxima.greatest < .infinity else { throw .logitsNotFinite }
    }

    private func check(_ tokens: WeighedTokens) throws(SamplingError) -> WeighedTokens {
        guard tokens.total.isFinite else { throw .logitsNotFinite }
        return tokens
    }

    /// The tokens likelier than a kept one; `nil` when they weigh less than the nucleus, which then contains the token.
    ///
    /// What the token and those behind it weigh is counted until it is more than the kept tokens have beyond the nucleus:
    /// first the blocks that lie behind it as a whole, which are not read again.
    private func tokens(
        of kept: WeighedTokens,
        before token: Int,
        _ row: Span<Float>,
        nucleus: Double
    ) -> WeighedTokens? {
        let value = row[token]
        let maxima = kept.scan.maxima.blocks
        var behind = 0.0
        for block in maxima.indices where maxima[block] < value { behind += Double(kept.sums[block]) }
        let excess = kept.total - nucleus
        if behind > excess { return nil }
        var scan = kept.scan
        scan.cut = .before(value: value, index: token)
        var sums = [Float](repeating: 0, count: maxima.count)
        for start in Swift.stride(from: 0, to: maxima.count, by: Self.stride) {
            let blocks = start..<min(start + Self.stride, maxima.count)
            scanner.keptWeights(row, scan, blocks: blocks, into: &sums)
            for block in blocks where maxima[block] >= value { behind += Double(kept.sums[block] - sums[block]) }
            if behind > excess { return nil }
        }
        let rest = WeighedTokens(scan: scan, sums: sums)
        return rest.total < nucleus || rest.total <= 0 ? nil : rest
    }
}

/// The kept tokens of a row and what they weigh, by block.
private struct WeighedTokens {
    let scan: RowScan
    let sums: [Float]
    let total: Double

    init(scan: RowScan, sums: [Float]) {
        self.scan = scan
        self.sums = sums
        var total = 0.0
        for sum in sums { total += Double(sum) }
        self.total = total
    }

    /// The token at which the running sum of the weights passes `uniform · total`: its block, then its place there.
    func token(_ row: Span<Float>, _ scanner: any RowScanner, uniform: Double) -> Int {
        var left = uniform * total
        var chosen = 0
        var share = 0.0
        for block in sums.indices where sums[block] > 0 {
            let sum = Double(sums[block])
            chosen = block
            share = left / sum
            if left < sum { break }
            left -= sum
        }
        let weights = scanner.keptWeights(row, scan, block: chosen)
        var target = share * weights.reduce(0) { $0 + Double($1) }
        var last = 0
        for (place, weight) in weights.enumerated() where weight > 0 {
            last = place
            target -= Double(weight)
            if target < 0 { break }
        }
        return chosen * scanner.blockSize + last
    }
}

/// The random numbers of one token's draws: a function of the choice's seed and the token's place in the completion.
struct DrawNumbers {
    let seed: UInt64
    let position: Int
    private var count = 0

    init(seed: UInt64, position: Int) {
        self.seed = seed
        self.position = position
    }

    /// The next number in [0, 1).
    mutating func next() -> Double {
        defer { count += 1 }
        guard count > 0 else { return CounterRandom.uniform(key: seed, counter: position) }
        return CounterRandom.uniform(key: CounterRandom.bits(key: seed, counter: UInt64(position)), counter: count)
    }
}
