import MartletCheckpoints
import MartletTensors

/// Granite 3 with experts: Granite's factors, experts' matrices in one tensor, in some models an MLP of every token.
///
/// - SeeAlso: `GraniteMoeForCausalLM`, `GraniteMoeSharedForCausalLM` of `transformers`.
enum GraniteMoE {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        family(&reader, architecture: "GraniteMoeForCausalLM")
    }

    /// Reads `config.json` of a model that may have an MLP of every token.
    static func sharedConfiguration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = family(&reader, architecture: "GraniteMoeSharedForCausalLM")
        let width = reader.integer("shared_intermediate_size", in: 0...(1 << 22), default: 0)
        if width > 0 {
            configuration.mixture?.shared = MixtureConfiguration.Shared(
                intermediateSize: width,
                mlp: .stackedGate(gateUp: "shared_mlp.input_linear", down: "shared_mlp.output_linear")
            )
        }
        return configuration
    }

    private static func family(_ reader: inout ConfigReader, architecture: String) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: architecture,
            defaults: DecoderDefaults(epsilon: 1e-6),
            computes: DecoderConfiguration.expertFields.union(Granite.computed).union(["shared_intermediate_size"])
        )
        configuration.readGraniteFactors(&reader)
        configuration.useExperts(
            &reader,
            countKey: "num_local_experts",
            names: MixtureNames(
                router: "block_sparse_moe.router.layer",
                experts: .stacked(
                    gateUp: "block_sparse_moe.input_linear.weight",
                    down: "block_sparse_moe.output_linear.weight"
                )
            ),
            intermediateSize: configuration.intermediateSize,
            chosenCount: 2,
            normalizes: true
        )
        return configuration
    }
}
