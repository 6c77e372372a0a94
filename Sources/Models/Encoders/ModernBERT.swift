import MartletCheckpoints
import MartletTensors

/// ModernBERT: rotated queries and keys, normalization before each sublayer, a gated MLP, windows in most layers.
///
/// - SeeAlso: `ModernBertModel` of `transformers`; arXiv:2412.13663.
enum ModernBERT {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> EncoderConfiguration {
        let keys = EncoderKeys(activation: "hidden_activation", layerNormEpsilon: "norm_eps", defaultEpsilon: 1e-5)
        var configuration = EncoderConfiguration(reader: &reader, architecture: "ModernBertModel", keys: keys)
        configuration.isGated = true
        configuration.normPlacement = .beforeSublayer
        configuration.maxPositions = reader.integer("max_position_embeddings", in: 1...(1 << 20))
        configuration.hasAttentionBias = reader.bool("attention_bias", default: false)
        configuration.hasUpBias = reader.bool("mlp_bias", default: false)
        configuration.hasDownBias = configuration.hasUpBias
        configuration.hasNormBias = reader.bool("norm_bias", default: false)
        let isWindowed = windowedLayers(&reader, count: configuration.layerCount)
        // half of `local_attention` to either side, and the token itself
        let window = reader.integer("local_attention", in: 2...(1 << 20), default: 128) / 2 + 1
        configuration.slidingWindows = isWindowed.map { $0 ? window : nil }
        let (global, local) = thetas(&reader)
        configuration.positions = .rotary(thetas: isWindowed.map { $0 ? local : global })
        return configuration
    }

    private static func windowedLayers(_ reader: inout ConfigReader, count: Int) -> [Bool] {
        guard let types = reader.optionalStrings("layer_types") else {
            let period = reader.integer("global_attn_every_n_layers", in: 1...4096, default: 3)
            return (0..<count).map { $0 % period != 0 }
        }
        let known = ["full_attention", "sliding_attention"]
        if types.count != count || !types.allSatisfy(known.contains) {
            reader.report("layer_types", .inconsistent("does not name \(count) layers of \(known)"))
            return Array(repeating: false, count: count)
        }
        return types.map { $0 == "sliding_attention" }
    }

    private static func thetas(_ reader: inout ConfigReader) -> (global: Double, local: Double) {
        let range = 1.0...1e12
        let global = reader.number("global_rope_theta", in: range, default: 160_000)
        let local = reader.number("local_rope_theta", in: range, default: 10_000)
        guard var parameters = reader.optionalObject("rope_parameters") else { return (global, local) }
        func theta(_ key: String, _ fallback: Double) -> Double {
            guard var nested = parameters.optionalObject(key) else { return fallback }
            if let type = nested.optionalString("rope_type"), type != "default" {
                nested.report("rope_type", .unsupported(value: "'\(type)'", supported: "default"))
            }
            let theta = nested.number("rope_theta", in: range, default: fallback)
            parameters.merge(nested)
            return theta
        }
        let result = (theta("full_attention", global), theta("sliding_attention", local))
        reader.merge(parameters)
        return result
    }

    /// The names of its tensors.
    static let names = EncoderNames(
        prefixes: ["", "model."],
        wordTable: "embeddings.tok_embeddings",
        embeddingNorm: "embeddings.norm",
        layers: "layers.",
        projections: ["attn.Wqkv"],
        attentionOutput: "attn.Wo",
        attentionNorm: "attn_norm",
        up: ["mlp.Wi"],
        down: "mlp.Wo",
        outputNorm: "mlp_norm",
        finalNorm: "final_norm"
    )

    /// How a sequence is classified: the first token or the mean, through a layer and a normalization.
    static let head = ClassifierNames(
        pooling: { reader in
            let name = reader.optionalString("classifier_pooling") ?? "cls"
            if name == "mean" { return .mean }
            if name != "cls" {
                reader.report("classifier_pooling", .unsupported(value: "'\(name)'", supported: "cls, mean"))
            }
            return .cls
        },
        stages: { reader in
            let name = reader.optionalString("classifier_activation") ?? "gelu"
            guard let activation = Activation(name: name) else {
                reader.report("classifier_activation", .unsupported(value: "'\(name)'", supported: Activation.names))
                return []
            }
            let hasBias = reader.bool("classifier_bias", default: false)
            return [
                .linear("head.dense", isInModel: false, hasBias: hasBias), .function(.activation(activation)),
                .norm("head.norm"),
            ]
        },
        output: "classifier"
    )
}
