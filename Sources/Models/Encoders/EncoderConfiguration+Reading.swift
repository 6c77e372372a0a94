import MartletCheckpoints
import MartletTensors

/// The names of the fields that every encoder has.
struct EncoderKeys {
    var hiddenSize = "hidden_size"
    var intermediateSize = "intermediate_size"
    var layerCount = "num_hidden_layers"
    var headCount = "num_attention_heads"
    var activation = "hidden_act"
    var layerNormEpsilon = "layer_norm_eps"
    /// The value where the field is missing; `nil` where it must be there.
    var defaultEpsilon: Double?
}

extension EncoderConfiguration {
    /// Reads the fields that all encoders have; the rest is as in BERT.
    ///
    /// - Parameters:
    ///   - reader: `config.json`; what is wrong is recorded there.
    ///   - architecture: the name in the registry.
    ///   - keys: the fields' names.
    init(reader: inout ConfigReader, architecture: String, keys: EncoderKeys = EncoderKeys()) {
        self.architecture = architecture
        vocabularySize = reader.integer("vocab_size", in: 1...(1 << 24))
        hiddenSize = reader.integer(keys.hiddenSize, in: 1...(1 << 16))
        intermediateSize = reader.integer(keys.intermediateSize, in: 1...(1 << 20))
        layerCount = reader.integer(keys.layerCount, in: 1...1024)
        headCount = reader.integer(keys.headCount, in: 1...1024)
        layerNormEpsilon = reader.number(keys.layerNormEpsilon, in: 0...1, default: keys.defaultEpsilon)
        let name = reader.optionalString(keys.activation) ?? "gelu"
        activation = .gelu
        if let known = Activation(name: name) {
            activation = known
        } else {
            reader.report(keys.activation, .unsupported(value: "'\(name)'", supported: Activation.names))
        }
        isGated = false
        normPlacement = .afterSum
        positions = .rotary(thetas: [])
        maxPositions = 1
        typeCount = 0
        slidingWindows = Array(repeating: nil, count: layerCount)
        distanceBucketCount = 0
        hasAttentionBias = true
        hasUpBias = true
        hasDownBias = true
        hasNormBias = true
        if hiddenSize % headCount != 0 {
            reader.report(keys.hiddenSize, .inconsistent("is not a multiple of \(keys.headCount) (\(headCount))"))
        }
        UnsupportedField.check(&reader, except: [])
        if reader.bool("is_decoder", default: false) {
            reader.report("is_decoder", .unsupported(value: "true", supported: "encoders see the whole sequence"))
        }
    }

    /// Reads a table of positions whose first row for a token is `offset`.
    mutating func readPositionTable(_ reader: inout ConfigReader, offset: Int = 0, paddingID: Int32? = nil) {
        let rows = reader.integer("max_position_embeddings", in: 1...(1 << 20))
        positions = .table(rows: rows, offset: offset, paddingID: paddingID)
        maxPositions = max(1, rows - offset)
        if rows <= offset {
            reader.report("max_position_embeddings", .inconsistent("leaves no position beside the \(offset) reserved"))
        }
        if let type = reader.optionalString("position_embedding_type"), type != "absolute" {
            reader.report("position_embedding_type", .unsupported(value: "'\(type)'", supported: "absolute"))
        }
    }
}
