import MartletCheckpoints
import MartletJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What an architecture's rotations are where `config.json` leaves a field out.
struct RotaryDefaults {
    /// The field `rope_theta`.
    var theta = 10_000.0
    /// The field `partial_rotary_factor`.
    var partialFactor = 1.0
    /// What the base is called outside of `rope_parameters`.
    var thetaKey = "rope_theta"
    /// What the rotated share of a head is called outside of `rope_parameters`.
    var partialKey = "partial_rotary_factor"
    /// The member of `rope_parameters` that holds these rotations, where layers of different types have their own.
    var layerType: String?
    /// What `rope_scaling` applies to: not to these rotations, where layers of different types have their own.
    var ignoresScaling = false
    /// Other names of `longrope`.
    var longropeAliases: Set<String> = []
}

extension RotaryConfiguration {
    /// Reads `rope_parameters`, or the older `rope_theta`, `rope_scaling` and `partial_rotary_factor`.
    ///
    /// - Parameters:
    ///   - reader: `config.json`; what is wrong is recorded there.
    ///   - headDimension: the width of a head.
    ///   - maxPositionEmbeddings: the field of that name.
    ///   - defaults: what missing fields mean.
    init(
        reader: inout ConfigReader,
        headDimension: Int,
        maxPositionEmbeddings: Int,
        defaults: RotaryDefaults = RotaryDefaults()
    ) {
        self.maxPositionEmbeddings = maxPositionEmbeddings
        let scalingKey = reader.value("rope_parameters") != nil ? "rope_parameters" : "rope_scaling"
        if scalingKey == "rope_parameters", let older = reader.value("rope_scaling"),
            older != reader.value("rope_parameters")
        {
            reader.report("rope_scaling", .inconsistent("contradicts 'rope_parameters'"))
        }
        var nested = reader.optionalObject(scalingKey)
        if let type = defaults.layerType, let member = nested?.optionalObject(type) { nested = member }
        if defaults.ignoresScaling, scalingKey == "rope_scaling" { nested = nil }
        theta = reader.number(defaults.thetaKey, in: 2...1e18, default: defaults.theta)
        theta = nested?.number("rope_theta", in: 2...1e18, default: theta) ?? theta
        var factor = reader.number(defaults.partialKey, in: 0...1, default: defaults.partialFactor)
        factor = nested?.number("partial_rotary_factor", in: 0...1, default: factor) ?? factor
        dimension = Int(Double(headDimension) * factor)
        let lengths = RopeLengths(
            maximum: maxPositionEmbeddings,
            original: reader.optionalInteger("original_max_position_embeddings", in: 1...(1 << 30)),
            pairs: dimension / 2
        )
        scaling = nested?.readScaling(lengths, longropeAliases: defaults.longropeAliases) ?? .none
        if let nested { reader.merge(nested) }
        if dimension < 2 || dimension % 2 != 0 {
            reader.report(
                "head_dim",
                .inconsistent("gives \(dimension) rotated dimensions, which is not an even number")
            )
        }
        if case .dynamic = scaling, dimension <= 2 {
            reader.report("head_dim", .inconsistent("is too small for dynamic scaling"))
        }
    }
}

/// What a scaling depends on beside its own fields.
private struct RopeLengths {
    /// The field `max_position_embeddings`.
    let maximum: Int
    /// `original_max_position_embeddings` beside it.
    let original: Int?
    /// The number of rotated pairs.
    let pairs: Int
}

extension ConfigReader {
    private static let knownRopeFields: Set<String> = [
        "rope_type", "type", "rope_theta", "partial_rotary_factor", "factor", "original_max_position_embeddings",
        "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate", "low_freq_factor",
        "high_freq_factor", "finetuned", "short_factor", "long_factor", "short_mscale", "long_mscale",
    ]

    /// Reads one object of rope parameters.
    fileprivate mutating func readScaling(
        _ lengths: RopeLengths,
        longropeAliases: Set<String>
    ) -> RotaryConfiguration.Scaling {
        for key in object.keys where !Self.knownRopeFields.contains(key) && value(key) != nil {
            report(
                key,
                .unsupported(value: "set", supported: "the fields of default, linear, dynamic, llama3, yarn, longrope")
            )
        }
        let newer = optionalString("rope_type")
        let older = optionalString("type")
        var type = newer ?? older ?? "default"
        if longropeAliases.contains(type) { type = "longrope" }
        switch type {
        case "default": return .none
        case "linear": return .linear(factor: readFactor())
        case "dynamic": return .dynamic(factor: readFactor())
        case "llama3":
            let low = number("low_freq_factor", in: 1e-3...1e3)
            let high = number("high_freq_factor", in: 1e-3...1e3)
            if high <= low { report("high_freq_factor", .inconsistent("is not above low_freq_factor (\(low))")) }
            return .llama3(
                factor: readFactor(),
                lowFrequencyFactor: low,
                highFrequencyFactor: high,
                originalLength: integer("original_max_position_embeddings", in: 1...(1 << 30))
            )
        case "yarn": return .yarn(readYaRN(lengths.maximum))
        case "longrope": return .longrope(readLongRope(lengths))
        case let other:
            report(
                newer == nil ? "type" : "rope_type",
                .unsupported(value: "'\(other)'", supported: "default, linear, dynamic, llama3, yarn, longrope")
            )
            return .none
        }
    }

    private mutating func readFactor() -> Double { number("factor", in: 1...4096) }

    private mutating func readLongRope(_ lengths: RopeLengths) -> RotaryConfiguration.LongRope {
        let length = integer("original_max_position_embeddings", in: 1...(1 << 30), default: lengths.original)
        func factors(_ key: String) -> [Double] {
            guard let factors = optionalNumbers(key, in: 1e-3...1e6) else {
                if value(key) == nil { report(key, .missing) }
                return []
            }
            if factors.count != lengths.pairs {
                report(key, .inconsistent("has \(factors.count) factors for \(lengths.pairs) pairs"))
            }
            return factors
        }
        let factor = number("factor", in: 1e-3...4096, default: Double(lengths.maximum) / Double(length))
        let derived = factor <= 1 || length < 2 ? 1 : (1 + log(factor) / log(Double(length))).squareRoot()
        let attentionFactor = optionalNumber("attention_factor", in: 0...1000) ?? derived
        return RotaryConfiguration.LongRope(
            shortFactors: factors("short_factor"),
            longFactors: factors("long_factor"),
            originalLength: length,
            shortAttentionFactor: optionalNumber("short_mscale", in: 0...1000) ?? attentionFactor,
            longAttentionFactor: optionalNumber("long_mscale", in: 0...1000) ?? attentionFactor
        )
    }

    private mutating func readYaRN(_ maxPositionEmbeddings: Int) -> RotaryConfiguration.YaRN {
        let length = integer(
            "original_max_position_embeddings",
            in: 1...(1 << 30),
            default: maxPositionEmbeddings
        )
        let factor = number(
            "factor",
            in: 1...4096,
            default: value("original_max_position_embeddings") == nil
                ? nil : max(1, Double(maxPositionEmbeddings) / Double(length))
        )
        func magnitude(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
        let scale = optionalNumber("mscale", in: 0...100) ?? 0
        let scaleAll = optionalNumber("mscale_all_dim", in: 0...100) ?? 0
        let derived = scale != 0 && scaleAll != 0 ? magnitude(scale) / magnitude(scaleAll) : magnitude(1)
        return RotaryConfiguration.YaRN(
            factor: factor,
            originalLength: length,
            betaFast: number("beta_fast", in: 1e-3...1e6, default: 32),
            betaSlow: number("beta_slow", in: 1e-3...1e6, default: 1),
            attentionFactor: optionalNumber("attention_factor", in: 0...1000) ?? derived,
            truncate: bool("truncate", default: true)
        )
    }
}
