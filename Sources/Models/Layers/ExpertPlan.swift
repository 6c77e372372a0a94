import MartletTensors

/// Which tokens go to which expert in one step, in memory that is kept from step to step.
///
/// `@unchecked Sendable`: it belongs to the `forward` call in progress, and a model has one at a time.
final class ExpertPlan: @unchecked Sendable {
    /// What a token adds up: its experts, and the MLP of every token if there is one.
    let slotCount: Int
    /// Where each expert's rows begin, and the end of the last: `[experts + 1]`.
    private(set) var starts: [Int]
    /// The token of each row: `[tokens × chosen]`.
    private(set) var sources: [Int32] = []
    /// The row of each slot: `[tokens, slots]`.
    private(set) var places: [Int32] = []
    /// The weight of each slot: `[tokens, slots]`.
    private(set) var weights: [Float] = []

    /// Memory for the products of the experts in use.
    var products: [LinearProduct] = []

    private let chosenCount: Int
    /// `[tokens, chosen]`: the experts of each token in ascending order.
    private var experts: [Int32] = []
    private var chooser: ExpertChooser
    private var tokens = 0

    /// A plan for at most that many tokens.
    init(_ routing: RoutingConfiguration, hasShared: Bool, maxTokens: Int) {
        chosenCount = routing.chosenCount
        slotCount = chosenCount + (hasShared ? 1 : 0)
        starts = Array(repeating: 0, count: routing.expertCount + 1)
        chooser = ExpertChooser(expertCount: routing.expertCount)
        sources.reserveCapacity(maxTokens * chosenCount)
        experts.reserveCapacity(maxTokens * chosenCount)
        places.reserveCapacity(maxTokens * slotCount)
        weights.reserveCapacity(maxTokens * slotCount)
    }

    /// Forgets the step before.
    func begin(tokens: Int) {
        self.tokens = tokens
        sources.removeAll(keepingCapacity: true)
        experts.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        sources.append(contentsOf: repeatElement(0, count: tokens * chosenCount))
        places.append(contentsOf: repeatElement(0, count: tokens * slotCount))
        weights.append(contentsOf: repeatElement(0, count: tokens * slotCount))
    }

    /// Chooses the experts of the next token.
    func choose(_ token: Int, logits: Span<Float>, routing: RoutingConfiguration, bias: [Float]?) {
        chooser.choose(logits, routing: routing, bias: bias)
        for (slot, choice) in chooser.chosen.enumerated() {
            experts.append(Int32(choice.expert))
            weights[token * slotCount + slot] = choice.weight
        }
    }

    /// Sorts all tokens by expert; tokens of one expert stay in order.
    func sort(expertCount: Int) {
        for index in starts.indices { starts[index] = 0 }
        for expert in experts { starts[Int(expert) + 1] += 1 }
        for index in 1...expertCount { starts[index] += starts[index - 1] }
        // an expert's start moves to its end while rows are given out
        for token in 0..<tokens {
            for slot in 0..<chosenCount {
                let expert = Int(experts[token * chosenCount + slot])
                let row = starts[expert]
                starts[expert] += 1
                sources[row] = Int32(token)
                places[token * slotCount + slot] = Int32(row)
            }
        }
        for index in stride(from: expertCount, to: 0, by: -1) { starts[index] = starts[index - 1] }
        starts[0] = 0
    }

    /// Adds the result of the MLP of every token.
    func addShared(_ token: Int, row: Int, weight: Float) {
        places[token * slotCount + slotCount - 1] = Int32(row)
        weights[token * slotCount + slotCount - 1] = weight
    }
}
