import MartletCheckpoints
import MartletJSON
import MartletTensors

extension MixtureNames {
    /// `mlp.gate` and `mlp.experts.N.gate_proj`: Qwen, OLMoE, DeepSeek.
    static let inMLP = MixtureNames(
        router: "mlp.gate",
        experts: .separate(list: "mlp.experts", gate: "gate_proj", up: "up_proj", down: "down_proj")
    )
    /// `block_sparse_moe.gate` and `block_sparse_moe.experts.N.w1`: Mixtral, Phi-MoE.
    static let inSparseBlock = MixtureNames(
        router: "block_sparse_moe.gate",
        experts: .separate(list: "block_sparse_moe.experts", gate: "w1", up: "w3", down: "w2")
    )
}

extension DecoderConfiguration {
    /// The fields with the number of experts.
    static let expertFields: Set<String> = ["num_experts", "num_local_experts", "n_routed_experts"]

    /// Gives layers experts instead of an MLP.
    ///
    /// - Parameters:
    ///   - reader: `config.json`.
    ///   - countKey: the field with the number of experts, where it is there; else another of `expertFields`.
    ///   - names: how tensors are called.
    ///   - intermediateSize: the width inside an expert.
    ///   - chosenCount: how many a token sees, where `num_experts_per_tok` is missing; `nil` where it must be there.
    ///   - normalizes: whether the chosen scores are divided by their sum.
    ///   - hasExperts: which layers.
    mutating func useExperts(
        _ reader: inout ConfigReader,
        countKey: String,
        names: MixtureNames,
        intermediateSize: Int,
        chosenCount: Int? = nil,
        normalizes: Bool,
        hasExperts: (Int) -> Bool = { _ in true }
    ) {
        let key = ([countKey] + Self.expertFields.sorted()).first { reader.value($0) != nil } ?? countKey
        let count = reader.integer(key, in: 1...65_536)
        let chosen = reader.integer("num_experts_per_tok", in: 1...1024, default: chosenCount)
        if chosen > count {
            reader.report("num_experts_per_tok", .inconsistent("is more than \(key) (\(count))"))
        }
        mixtureLayers = (0..<layerCount).map(hasExperts)
        mixture = MixtureConfiguration(
            routing: RoutingConfiguration(expertCount: count, chosenCount: chosen, normalizes: normalizes),
            intermediateSize: intermediateSize,
            names: names,
            gate: .activation(activation)
        )
    }
}
