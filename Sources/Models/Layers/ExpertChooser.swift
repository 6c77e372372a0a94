#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Chooses the experts of one token.
///
/// Of equal ones those with the lower index; NaN counts as −∞.
struct ExpertChooser {
    /// An expert with its weight.
    struct Choice {
        var expert: Int
        var weight: Float
    }

    /// The chosen experts in ascending order.
    private(set) var chosen: [Choice] = []
    private var scores: [Float]
    /// What experts are chosen by.
    private var ranks: [Float]
    private var groupRanks: [Float] = []

    /// A chooser among that many.
    init(expertCount: Int) {
        scores = Array(repeating: 0, count: expertCount)
        ranks = scores
    }

    /// Chooses by the router's logits.
    ///
    /// - Parameters:
    ///   - logits: `[experts]`
    ///   - routing: the rule.
    ///   - bias: added to scores for choosing only; `nil` for nothing.
    mutating func choose(_ logits: Span<Float>, routing: RoutingConfiguration, bias: [Float]?) {
        chosen.removeAll(keepingCapacity: true)
        for index in scores.indices { scores[index] = logits[index].isNaN ? -.infinity : logits[index] }
        switch routing.score {
        case .sparseMixer(let jitter):
            mixSparsely(jitter: Float(jitter), count: routing.chosenCount)
        case .softmax:
            softmax()
            chooseBest(routing, bias: bias)
        case .sigmoid:
            for index in scores.indices { scores[index] = sigmoid(scores[index]) }
            chooseBest(routing, bias: bias)
        }
        chosen.sort { $0.expert < $1.expert }
    }

    private mutating func softmax() {
        let greatest = scores.max() ?? 0
        guard greatest > -.infinity else { return }
        var sum: Float = 0
        for index in scores.indices {
            scores[index] = exp(scores[index] - greatest)
            sum += scores[index]
        }
        for index in scores.indices { scores[index] /= sum }
    }

    private mutating func chooseBest(_ routing: RoutingConfiguration, bias: [Float]?) {
        for index in scores.indices { ranks[index] = scores[index] + (bias?[index] ?? 0) }
        if let groups = routing.groups { keepBestGroups(groups) }
        var sum: Float = 0
        for _ in 0..<routing.chosenCount {
            let expert = Self.best(ranks) { index in chosen.contains { $0.expert == index } }
            chosen.append(Choice(expert: expert, weight: scores[expert]))
            sum += scores[expert]
        }
        let divisor = routing.normalizes ? sum + 1e-20 : 1
        for place in chosen.indices { chosen[place].weight = chosen[place].weight / divisor * Float(routing.scale) }
    }

    /// Puts the experts of all but the best groups out of reach.
    private mutating func keepBestGroups(_ groups: RoutingConfiguration.Groups) {
        let size = ranks.count / groups.count
        groupRanks.removeAll(keepingCapacity: true)
        for group in 0..<groups.count {
            var (best, second) = (-Float.infinity, -Float.infinity)
            for rank in ranks[group * size..<(group + 1) * size] {
                second = max(second, min(best, rank))
                best = max(best, rank)
            }
            groupRanks.append(groups.addsTwoBest ? best + second : best)
        }
        for group in 0..<groups.count {
            let better = groupRanks.indices.count { other in
                groupRanks[other] > groupRanks[group] || (groupRanks[other] == groupRanks[group] && other < group)
            }
            guard better >= groups.kept else { continue }
            for index in group * size..<(group + 1) * size { ranks[index] = -.infinity }
        }
    }

    /// The rule of SparseMixer-v2: the best expert with its share among those within a relative distance of it, then the
    /// same without it.
    private mutating func mixSparsely(jitter: Float, count: Int) {
        for index in scores.indices { ranks[index] = scores[index] }
        for _ in 0..<count {
            let expert = Self.best(ranks) { index in chosen.contains { $0.expert == index } }
            let greatest = ranks[expert]
            var sum: Float = 0
            for index in ranks.indices where ranks[index] > -.infinity {
                let distance = (greatest - scores[index]) / max(abs(scores[index]), greatest)
                if distance <= 2 * jitter { sum += exp(ranks[index] - greatest) }
            }
            chosen.append(Choice(expert: expert, weight: sum > 0 ? 1 / sum : 0))
            ranks[expert] = -.infinity
        }
    }

    private static func best(_ ranks: [Float], except isTaken: (Int) -> Bool) -> Int {
        var best: Int?
        for index in ranks.indices where !isTaken(index) {
            if best.map({ ranks[index] > ranks[$0] }) ?? true { best = index }
        }
        return best ?? 0
    }
}

/// The function `1 / (1 + exp(−x))`.
func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
