import MartletCheckpoints
import MartletJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension RotaryConfiguration {
    /// Reads `rope_parameters`, or the older `rope_theta`, `rope_scaling` and `partial_rotary_factor`.
    ///
    /// - Parameters:
    ///   - reader: `config.json`; what is wrong is recorded there.
    ///   - headDimension: the width of a head.
    ///   - maxPositionEmbeddings: the field of that name.
    init(reader: inout ConfigReader, headDimension: Int, maxPositionEmbeddings: Int) {
        self.maxPositionEmbeddings = maxPositionEmbeddings
        let scalingKey = reader.value("rope_parameters") != nil ? "rope_parameters" : "rope_scaling"
        if scalingKey == "rope_parameters", let older = reader.value("rope_scaling"),
            older != reader.value("rope_parameters")
        {
            reader.report("rope_scaling", .inconsistent("contradicts 'rope_parameters'"))
        }
        var nested = reader.optionalObject(scalingKey)
        // 10000 and 1 are the reference's documented defaults
        theta = reader.number("rope_theta", in: 2...1e18, default: 10_000)
        theta = nested?.number("rope_theta", in: 2...1e18, default: theta) ?? theta
        var factor = reader.number("partial_rotary_factor", in: 0...1, default: 1)
        factor = nested?.number("partial_rotary_factor", in: 0...1, default: factor) ?? factor
        dimension = Int(Double(headDimension) * factor)
        scaling = nested?.readScaling(maxPositionEmbeddings: maxPositionEmbeddings) ?? .none
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

extension ConfigReader {
    private static let knownRopeFields: Set<String> = [
        "rope_type", "type", "rope_theta", "partial_rotary_factor", "factor", "original_max_position_embeddings",
        "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate", "low_freq_factor",
        "high_freq_factor", "finetuned",
    ]

    /// Reads one object of rope parameters.
    fileprivate mutating func readScaling(maxPositionEmbeddings: Int) -> RotaryConfiguration.Scaling {
        for key in object.keys where !Self.knownRopeFields.contains(key) && value(key) != nil {
            report(key, .unsupported(value: "set", supported: "the fields of default, linear, dynamic, llama3, yarn"))
        }
        let newer = optionalString("rope_type")
        let older = optionalString("type")
        switch newer ?? older ?? "default" {
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
        case "yarn": return .yarn(readYaRN(maxPositionEmbeddings))
        case let other:
            report(
                newer == nil ? "type" : "rope_type",
                .unsupported(value: "'\(other)'", supported: "default, linear, dynamic, llama3, yarn")
            )
            return .none
        }
    }

    private mutating func readFactor() -> Double { number("factor", in: 1...4096) }

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
