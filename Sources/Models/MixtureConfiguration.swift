package import MartletTensors

/// The experts of a layer: which of them a token sees, and what they are.
package struct MixtureConfiguration: Sendable, Hashable {
    /// An MLP that every token passes, beside the experts.
    package struct Shared: Sendable, Hashable {
        /// The width inside.
        package var intermediateSize: Int
        /// Its projections.
        package var mlp: DecoderNames.MLP
        /// The projection whose sigmoid scales its result; `nil` for none.
        package var gate: String?
    }

    /// How a token chooses.
    package var routing: RoutingConfiguration
    /// The width inside an expert.
    package var intermediateSize: Int
    /// How tensors are called.
    package var names: MixtureNames
    /// How an expert joins its projections.
    package var gate: Gate
    /// Whether the experts' projections have biases.
    package var hasBias = false
    /// The MLP of every token; `nil` for none.
    package var shared: Shared?
}

/// How the tensors of experts are called, inside a layer.
package struct MixtureNames: Sendable, Hashable {
    /// The experts' projections.
    package enum Experts: Sendable, Hashable {
        /// Matrices for each expert: `list.N.gate`.
        case separate(list: String, gate: String, up: String, down: String)
        /// `[experts, 2 × width, hidden]`, the gate's rows first, and `[experts, hidden, width]`; full names of tensors.
        case stacked(gateUp: String, down: String)
        /// `[experts, hidden, 2 × width]`, gate and other in turn, and `[experts, width, hidden]`; full names, biases at
        /// the names with `_bias`.
        case interleaved(gateUp: String, down: String)
    }

    /// The router's matrix.
    package var router: String
    /// The full name of the router's bias; `nil` for none.
    package var routerBias: String?
    /// The full name of what is added to scores for choosing only; `nil` for nothing.
    package var correctionBias: String?
    /// The experts' projections.
    package var experts: Experts
}

/// The rule by which a token chooses experts from the router's logits.
package struct RoutingConfiguration: Sendable, Hashable {
    /// From logits to scores.
    package enum Score: Sendable, Hashable {
        /// Over all experts.
        case softmax
        /// Each by itself.
        case sigmoid
        /// Two experts, each with its share among those that are nearly as good.
        case sparseMixer(jitter: Double)
    }

    /// Only experts of the best groups are chosen from.
    package struct Groups: Sendable, Hashable {
        /// The number of groups.
        package var count: Int
        /// How many are kept.
        package var kept: Int
        /// Whether a group is as good as its two best experts together, not as its best.
        package var addsTwoBest: Bool
    }

    /// The number of experts.
    package var expertCount: Int
    /// How many a token sees.
    package var chosenCount: Int
    /// From logits to scores.
    package var score: Score = .softmax
    /// Whether the chosen scores are divided by their sum.
    package var normalizes: Bool
    /// The factor on weights.
    package var scale: Double = 1
    /// The groups; `nil` for one.
    package var groups: Groups?
}
