import MartletCheckpoints
import MartletJSON
import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// DeepSeek V2: keys and values from a latent vector, experts beside an MLP of every token.
///
/// - SeeAlso: `DeepseekV2ForCausalLM` of `transformers`; arXiv:2405.04434.
enum DeepSeekV2 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration.deepSeek(
            &reader,
            architecture: "DeepseekV2ForCausalLM",
            denseCount: 0,
            sharedCount: 2,
            normalizes: false
        )
        configuration.rotaryPairs = .neighbours
        configuration.mixture?.routing.groups = groups(&reader)
        configuration.checkGroups(&reader)
        return configuration
    }

    private static func groups(_ reader: inout ConfigReader) -> RoutingConfiguration.Groups? {
        switch reader.optionalString("topk_method") ?? "greedy" {
        case "greedy": return nil
        case "group_limited_greedy":
            return RoutingConfiguration.Groups(
                count: reader.integer("n_group", in: 1...65_536),
                kept: reader.integer("topk_group", in: 1...65_536),
                addsTwoBest: false
            )
        case let other:
            reader.report(
                "topk_method",
                .unsupported(value: "'\(other)'", supported: "greedy, group_limited_greedy")
            )
            return nil
        }
    }
}

/// DeepSeek V3 and R1: V2 with sigmoid scores and a bias for choosing experts only.
///
/// - SeeAlso: `DeepseekV3ForCausalLM` of `transformers`; arXiv:2412.19437.
enum DeepSeekV3 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration.deepSeek(
            &reader,
            architecture: "DeepseekV3ForCausalLM",
            denseCount: 3,
            sharedCount: 1,
            normalizes: true
        )
        configuration.rotaryPairs = reader.bool("rope_interleave", default: true) ? .neighbours : .halves
        let method = reader.optionalString("topk_method") ?? "noaux_tc"
        if method != "noaux_tc" {
            reader.report("topk_method", .unsupported(value: "'\(method)'", supported: "noaux_tc"))
        }
        let groups = RoutingConfiguration.Groups(
            count: reader.integer("n_group", in: 1...65_536, default: 8),
            kept: reader.integer("topk_group", in: 1...65_536, default: 4),
            addsTwoBest: true
        )
        configuration.mixture?.routing.groups = groups.count > 1 ? groups : nil
        configuration.mixture?.routing.score = .sigmoid
        configuration.mixture?.names.correctionBias = "mlp.gate.e_score_correction_bias"
        configuration.checkGroups(&reader)
        return configuration
    }
}

extension DecoderConfiguration {
    /// What V2 and V3 share.
    ///
    /// - Parameters:
    ///   - reader: `config.json`.
    ///   - architecture: the name in the registry.
    ///   - denseCount: how many layers have no experts, where the field is missing.
    ///   - sharedCount: the width of the MLP of every token in experts, where the field is missing.
    ///   - normalizes: whether the chosen scores are divided by their sum, where the field is missing.
    /// - Returns: the configuration, its routing rule that of V2 without groups.
    fileprivate static func deepSeek(
        _ reader: inout ConfigReader,
        architecture: String,
        denseCount: Int,
        sharedCount: Int,
        normalizes: Bool
    ) -> DecoderConfiguration {
        let isAbsent = reader.object["q_lora_rank"] == nil
        let latent = LatentConfiguration(
            queryRank: isAbsent ? 1536 : reader.optionalInteger("q_lora_rank", in: 1...(1 << 20)),
            rank: reader.integer("kv_lora_rank", in: 1...8192, default: 512),
            plainDimension: reader.integer("qk_nope_head_dim", in: 1...4096, default: 128),
            rotaryDimension: reader.integer("qk_rope_head_dim", in: 2...4096, default: 64),
            valueDimension: reader.integer("v_head_dim", in: 1...4096, default: 128)
        )
        var keys = DecoderKeys()
        keys.headDimension = "qk_rope_head_dim"
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: architecture,
            keys: keys,
            defaults: DecoderDefaults(headDimension: 64, epsilon: 1e-6),
            computes: expertFields.union(["kv_lora_rank"])
        )
        configuration.latent = latent
        let hasBias = reader.bool("attention_bias", default: false)
        configuration.hasQKVBias = hasBias
        configuration.hasOutputBias = hasBias
        configuration.attentionScale = reader.deepSeekScale(width: latent.projectedDimension)
        configuration.readDeepSeekExperts(
            &reader,
            denseCount: denseCount,
            sharedCount: sharedCount,
            normalizes: normalizes
        )
        return configuration
    }

    private mutating func readDeepSeekExperts(
        _ reader: inout ConfigReader,
        denseCount: Int,
        sharedCount: Int,
        normalizes: Bool
    ) {
        let dense = reader.integer("first_k_dense_replace", in: 0...4096, default: denseCount)
        let step = reader.integer("moe_layer_freq", in: 1...4096, default: 1)
        let width = reader.integer("moe_intermediate_size", in: 1...(1 << 22))
        useExperts(
            &reader,
            countKey: "n_routed_experts",
            names: .inMLP,
            intermediateSize: width,
            normalizes: reader.bool("norm_topk_prob", default: normalizes)
        ) { $0 >= dense && $0 % step == 0 }
        mixture?.routing.scale = reader.number("routed_scaling_factor", in: -1e6...1e6, default: 1)
        let shared = reader.integer("n_shared_experts", in: 0...1024, default: sharedCount)
        if shared > 0 {
            mixture?.shared = MixtureConfiguration.Shared(
                intermediateSize: shared * width,
                mlp: .gated(
                    gate: "mlp.shared_experts.gate_proj",
                    up: "mlp.shared_experts.up_proj",
                    down: "mlp.shared_experts.down_proj"
                )
            )
        }
    }

    /// Reports groups that do not divide the experts, or of which there are too few to choose from.
    fileprivate func checkGroups(_ reader: inout ConfigReader) {
        guard let routing = mixture?.routing, let groups = routing.groups else { return }
        if groups.count > routing.expertCount || routing.expertCount % groups.count != 0 {
            reader.report("n_group", .inconsistent("does not divide the \(routing.expertCount) experts"))
        } else if groups.kept > groups.count
            || groups.kept * (routing.expertCount / groups.count) < routing.chosenCount
        {
            reader.report("topk_group", .inconsistent("of \(groups.count) groups gives too few or too many experts"))
        }
    }
}

extension ConfigReader {
    /// The factor on scores: 1/√width, with YaRN times its magnitude twice.
    fileprivate mutating func deepSeekScale(width: Int) -> Double {
        let plain = 1 / Double(width).squareRoot()
        let nested = value("rope_parameters")?.object ?? value("rope_scaling")?.object
        guard let nested, let all = nested["mscale_all_dim"]?.double, let factor = nested["factor"]?.double,
            all > 0, factor > 1
        else { return plain }
        let magnitude = 0.1 * all * log(factor) + 1
        return plain * magnitude * magnitude
    }
}
