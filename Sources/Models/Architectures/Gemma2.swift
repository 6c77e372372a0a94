import MartletCheckpoints
import MartletJSON

/// Gemma 2: bounded scores and logits, windows in every other layer, norms before and after.
///
/// - SeeAlso: `Gemma2ForCausalLM` of `transformers`; arXiv:2408.00118.
enum Gemma2 {
    /// The fields that Gemma 2 and 3 compute.
    static let computed: Set<String> = [
        "attn_logit_softcapping", "final_logit_softcapping", "query_pre_attn_scalar", "rope_local_base_freq",
    ]

    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = Gemma.family(
            &reader,
            architecture: "Gemma2ForCausalLM",
            kvHeadCount: 4,
            rotary: RotaryDefaults(),
            computes: computed
        )
        // absent means the reference's default; null means none
        configuration.readGemmaScores(&reader, softCap: 50, logitSoftCap: 30)
        let window = reader.integer("sliding_window", in: 1...(1 << 30), default: 4096)
        configuration.readSlidingWindows(&reader, window: window) { $0 % 2 == 0 }
        return configuration
    }
}

extension DecoderConfiguration {
    /// Norms on inputs and results, the scale of scores, and bounds that are the defaults where the field is absent.
    mutating func readGemmaScores(_ reader: inout ConfigReader, softCap: Double?, logitSoftCap: Double?) {
        names.attentionResultNorm = "post_attention_layernorm"
        names.mlpNorm = "pre_feedforward_layernorm"
        names.mlpResultNorm = "post_feedforward_layernorm"
        attentionScale = 1 / reader.number("query_pre_attn_scalar", in: 1e-3...1e6, default: 256).squareRoot()
        func bound(_ key: String, default fallback: Double?) -> Double? {
            reader.object[key] == nil ? fallback : reader.optionalNumber(key, in: 1e-3...1e6)
        }
        attentionSoftCap = bound("attn_logit_softcapping", default: softCap)
        self.logitSoftCap = bound("final_logit_softcapping", default: logitSoftCap)
    }
}
