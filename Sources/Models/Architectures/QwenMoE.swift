import MartletCheckpoints
import MartletJSON
import MartletTensors

/// Qwen 1.5 and 2 with experts: Qwen 2's layers, experts beside an MLP of every token.
///
/// - SeeAlso: `Qwen2MoeForCausalLM` of `transformers`.
enum Qwen2MoE {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Qwen2MoeForCausalLM",
            defaults: DecoderDefaults(kvHeadCount: 16, epsilon: 1e-6),
            computes: DecoderConfiguration.expertFields.union(["shared_expert_intermediate_size"])
        )
        configuration.hasQKVBias = reader.bool("qkv_bias", default: true)
        // every other of the first layers, unlike Qwen 2
        let usesWindow = reader.bool("use_sliding_window", default: false)
        let window = usesWindow ? reader.integer("sliding_window", in: 1...(1 << 30), default: 4096) : nil
        let count = reader.integer("max_window_layers", in: 0...4096, default: 28)
        configuration.readSlidingWindows(&reader, window: window) { $0 % 2 == 0 && $0 < count }
        configuration.readQwenExperts(&reader, chosenCount: 4)
        configuration.mixture?.shared = MixtureConfiguration.Shared(
            intermediateSize: reader.integer("shared_expert_intermediate_size", in: 1...(1 << 22), default: 5632),
            mlp: .gated(
                gate: "mlp.shared_expert.gate_proj",
                up: "mlp.shared_expert.up_proj",
                down: "mlp.shared_expert.down_proj"
            ),
            gate: "mlp.shared_expert_gate"
        )
        return configuration
    }
}

/// Qwen 3 with experts: Qwen 3's layers.
///
/// - SeeAlso: `Qwen3MoeForCausalLM` of `transformers`; arXiv:2505.09388.
enum Qwen3MoE {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Qwen3MoeForCausalLM",
            defaults: DecoderDefaults(kvHeadCount: 4, epsilon: 1e-6),
            computes: DecoderConfiguration.expertFields
        )
        configuration.queryKeyNorm = QueryKeyNorm(norm: configuration.norm, span: .head)
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        // the reference has one window for all layers
        let usesWindow = reader.bool("use_sliding_window", default: false)
        let window = usesWindow ? reader.integer("sliding_window", in: 1...(1 << 30), default: 4096) : nil
        configuration.readSlidingWindows(&reader, window: window) { _ in true }
        configuration.readQwenExperts(&reader, chosenCount: 8)
        return configuration
    }
}

extension DecoderConfiguration {
    /// Experts in every layer, every second, …, but for a list of layers.
    fileprivate mutating func readQwenExperts(_ reader: inout ConfigReader, chosenCount: Int) {
        let step = reader.integer("decoder_sparse_step", in: 1...4096, default: 1)
        let without = reader.optionalNumbers("mlp_only_layers", in: 0...4096) ?? []
        useExperts(
            &reader,
            countKey: "num_experts",
            names: .inMLP,
            intermediateSize: reader.integer("moe_intermediate_size", in: 1...(1 << 22)),
            chosenCount: chosenCount,
            normalizes: reader.bool("norm_topk_prob", default: false)
        ) { layer in (layer + 1) % step == 0 && !without.contains(Double(layer)) }
    }
}
