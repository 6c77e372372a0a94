import MartletCheckpoints
import MartletTensors

/// OLMoE: experts, queries and keys normalized over all heads.
///
/// - SeeAlso: `OlmoeForCausalLM` of `transformers`; arXiv:2409.02060.
enum OLMoE {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "OlmoeForCausalLM",
            defaults: DecoderDefaults(epsilon: 1e-5),
            computes: DecoderConfiguration.expertFields.union(["clip_qkv"])
        )
        configuration.queryKeyNorm = QueryKeyNorm(norm: configuration.norm, span: .row)
        reader.refuse(["attention_bias"], "OLMoE's projections have no biases")
        configuration.qkvLimit = reader.optionalNumber("clip_qkv", in: 1e-3...1e6)
        configuration.useExperts(
            &reader,
            countKey: "num_experts",
            names: .inMLP,
            intermediateSize: configuration.intermediateSize,
            chosenCount: 8,
            normalizes: reader.bool("norm_topk_prob", default: false)
        )
        return configuration
    }
}
