import MartletCheckpoints
import MartletJSON
import MartletTensors

/// How an architecture's `config.json` calls the fields that all have.
struct DecoderKeys {
    var hiddenSize = "hidden_size"
    var intermediateSize = "intermediate_size"
    var layerCount = "num_hidden_layers"
    var headCount = "num_attention_heads"
    var kvHeadCount = "num_key_value_heads"
    var headDimension = "head_dim"
    var epsilon = "rms_norm_eps"
    var activation = "hidden_act"
    var maxPositions = "max_position_embeddings"
}

/// What an architecture's own defaults are where `config.json` leaves a field out, as its reference documents them.
struct DecoderDefaults {
    /// `head_dim`; `nil` for hidden size / heads.
    var headDimension: Int?
    /// `num_key_value_heads`; `nil` for as many as query heads.
    var kvHeadCount: Int?
    /// Whether `intermediate_size` may be left out, for four times the hidden size.
    var hasIntermediateSize = false
    /// `rms_norm_eps`; `nil` where the field must be there.
    var epsilon: Double?
    /// The field `hidden_act`.
    var activation = "silu"
    /// `max_position_embeddings`; `nil` where the field must be there.
    var maxPositions: Int?
    /// The field `tie_word_embeddings`.
    var isTied = false
    /// Rotations; `nil` where the architecture has none, or reads them itself.
    var rotary: RotaryDefaults? = RotaryDefaults()
}

extension DecoderConfiguration {
    /// Reads the fields that all architectures have; the rest gets neutral values.
    ///
    /// - Parameters:
    ///   - reader: `config.json`; what is wrong is recorded there.
    ///   - architecture: the name in the registry.
    ///   - keys: what fields are called.
    ///   - defaults: what missing fields mean.
    ///   - computes: the fields of `UnsupportedField` that this architecture computes.
    init(
        reader: inout ConfigReader,
        architecture: String,
        keys: DecoderKeys = DecoderKeys(),
        defaults: DecoderDefaults = DecoderDefaults(),
        computes: Set<String> = []
    ) {
        self.architecture = architecture
        vocabularySize = reader.integer("vocab_size", in: 1...(1 << 24))
        hiddenSize = reader.integer(keys.hiddenSize, in: 1...(1 << 20))
        embeddingSize = hiddenSize
        intermediateSize = reader.integer(
            keys.intermediateSize,
            in: 1...(1 << 22),
            default: defaults.hasIntermediateSize ? 4 * hiddenSize : nil
        )
        layerCount = reader.integer(keys.layerCount, in: 1...4096)
        headCount = reader.integer(keys.headCount, in: 1...4096)
        kvHeadCount = reader.integer(keys.kvHeadCount, in: 1...4096, default: defaults.kvHeadCount ?? headCount)
        headDimension = reader.integer(
            keys.headDimension,
            in: 2...4096,
            default: defaults.headDimension ?? max(2, hiddenSize / headCount)
        )
        norm = NormConfiguration(epsilon: reader.number(keys.epsilon, in: 0...1, default: defaults.epsilon))
        tieWordEmbeddings = reader.bool("tie_word_embeddings", default: defaults.isTied)
        activation = reader.activation(keys.activation, default: defaults.activation)
        maxPositions = reader.integer(keys.maxPositions, in: 1...(1 << 30), default: defaults.maxPositions)
        rotaries = []
        if let rotary = defaults.rotary {
            let configuration = RotaryConfiguration(
                reader: &reader,
                headDimension: headDimension,
                maxPositionEmbeddings: maxPositions,
                defaults: rotary
            )
            rotaries = [configuration]
            maxPositions = configuration.maxPositions
        }
        layerRotaries = Array(repeating: rotaries.isEmpty ? nil : 0, count: layerCount)
        attentionScale = 1 / Double(headDimension).squareRoot()
        slidingWindows = Array(repeating: nil, count: layerCount)
        mixtureLayers = Array(repeating: false, count: layerCount)
        if headCount % kvHeadCount != 0 {
            reader.report(keys.kvHeadCount, .inconsistent("does not divide \(keys.headCount) (\(headCount))"))
        }
        if reader.value(keys.headDimension) == nil, defaults.headDimension == nil, hiddenSize % headCount != 0 {
            reader.report(keys.hiddenSize, .inconsistent("is not a multiple of \(keys.headCount) (\(headCount))"))
        }
        UnsupportedField.check(&reader, except: computes)
    }

    /// Reads which layers see a window only, as `layer_types` or the architecture's own rule says.
    ///
    /// - Parameters:
    ///   - reader: `config.json`.
    ///   - window: how many tokens a windowed layer sees; `nil` where windows are off.
    ///   - isWindowed: the architecture's rule for a layer, where there is no `layer_types`.
    mutating func readSlidingWindows(_ reader: inout ConfigReader, window: Int?, isWindowed: (Int) -> Bool) {
        guard let types = reader.optionalStrings("layer_types") else {
            slidingWindows = (0..<layerCount).map { isWindowed($0) ? window : nil }
            return
        }
        guard types.count == layerCount else {
            reader.report("layer_types", .inconsistent("names \(types.count) layers of \(layerCount)"))
            return
        }
        for (index, type) in types.enumerated() {
            switch type {
            case "full_attention": slidingWindows[index] = nil
            case "sliding_attention":
                slidingWindows[index] = window
                if window == nil {
                    reader.report("layer_types", .inconsistent("has 'sliding_attention' but windows are switched off"))
                    return
                }
            default:
                reader.report(
                    "layer_types",
                    .unsupported(value: "'\(type)'", supported: "full_attention, sliding_attention")
                )
                return
            }
        }
    }

    /// Makes the norms of the residual stream normalize by mean and variance.
    mutating func useLayerNorm(hasWeight: Bool = true, hasBias: Bool = true) {
        norm.kind = .layer
        norm.hasWeight = hasWeight
        norm.hasBias = hasBias
    }

    /// Gives every projection of a layer a bias, or none.
    mutating func useBias(_ hasBias: Bool) {
        hasQKVBias = hasBias
        hasOutputBias = hasBias
        hasMLPBias = hasBias
    }
}

extension ConfigReader {
    /// The activation that a field names.
    mutating func activation(_ key: String, default fallback: String) -> Activation {
        let name = optionalString(key) ?? fallback
        if let known = Activation(name: name) { return known }
        report(key, .unsupported(value: "'\(name)'", supported: Activation.names))
        return .silu
    }

    /// A list of numbers, or `nil` where the field is missing or `null`.
    mutating func optionalNumbers(_ key: String, in range: ClosedRange<Double>) -> [Double]? {
        guard let value = value(key) else { return nil }
        guard let elements = value.array else {
            report(key, .wrongKind(expected: "array", found: value.kind))
            return nil
        }
        let numbers = elements.compactMap(\.double)
        guard numbers.count == elements.count, numbers.allSatisfy(range.contains) else {
            report(key, .outOfRange(value: "a list", allowed: "numbers in \(range.lowerBound)...\(range.upperBound)"))
            return nil
        }
        return numbers
    }

    /// Records a problem where a flag is set that the architecture has no place for.
    mutating func refuse(_ keys: [String], _ reason: String) {
        for key in keys where bool(key, default: false) {
            report(key, .unsupported(value: "true", supported: reason))
        }
    }
}
