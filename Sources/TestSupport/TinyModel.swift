package import MartletJSON
import MartletModels
package import MartletTensors

/// A model folder with seeded random weights, small enough to be made in every test that needs one.
///
/// ```swift
/// let folder = try TinyModel(architecture: "Qwen3ForCausalLM").makeFolder()
/// let model = try ModelLoader.load(folder: ModelFolder(path: folder.path), backend: backend, limits: limits)
/// ```
package struct TinyModel: Sendable {
    /// The name in `architectures`; one of `ModelRegistry.names`.
    package var architecture: String
    /// The rows of the embedding matrix; at least 259 where a tokenizer is wanted.
    package var vocabularySize = 320
    /// The width of the residual stream.
    package var hiddenSize = 32
    /// The width inside the MLP.
    package var intermediateSize = 48
    /// The number of layers.
    package var layerCount = 2
    /// The number of query heads.
    package var headCount = 4
    /// The number of key/value heads.
    package var kvHeadCount = 2
    /// The width of a head.
    package var headDimension = 8
    /// The longest sequence.
    package var maxPositions = 256
    /// How the weights are stored.
    package var dtype = DType.float32
    /// Whether the embedding matrix is the output matrix too.
    package var isTied = false
    /// What the weights are drawn from.
    package var seed: UInt64 = 1
    /// Fields of `config.json` that replace or add to those made here.
    package var overrides: [String: JSONValue] = [:]
    /// How many files the weights are spread over.
    package var shardCount = 1
    /// Whether the folder gets a byte-level tokenizer and a ChatML template.
    ///
    /// Token `b` below 256 is the byte `b`; 256 is `<|im_start|>`, 257 `<|im_end|>`, 258 `<|endoftext|>`.
    package var hasTokenizer = true

    /// A model of an architecture.
    package init(architecture: String = "LlamaForCausalLM") { self.architecture = architecture }

    /// The token that ends a message.
    package static let endOfMessage: Int32 = 257
    /// The token that ends a text.
    package static let endOfText: Int32 = 258

    /// The fields of `config.json`.
    package var configuration: JSONObject {
        var fields = JSONObject([
            ("architectures", [.string(architecture)]),
            ("model_type", .string(architecture.replacing("ForCausalLM", with: "").lowercased())),
            ("vocab_size", .integer(vocabularySize)),
            ("hidden_size", .integer(hiddenSize)),
            ("intermediate_size", .integer(intermediateSize)),
            ("num_hidden_layers", .integer(layerCount)),
            ("num_attention_heads", .integer(headCount)),
            ("num_key_value_heads", .integer(kvHeadCount)),
            ("head_dim", .integer(headDimension)),
            ("max_position_embeddings", .integer(maxPositions)),
            ("rms_norm_eps", 1e-6),
            ("rope_theta", 10000.0),
            ("hidden_act", "silu"),
            ("tie_word_embeddings", .bool(isTied)),
            ("sliding_window", nil),
            ("eos_token_id", hasTokenizer ? .integer(Int(Self.endOfMessage)) : nil),
            ("torch_dtype", .string(dtype.name)),
        ])
        for (key, value) in overrides { fields[key] = value }
        return fields
    }

    /// Writes the folder; it is removed with the returned value.
    package func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("config.json", JSONValue.object(configuration).serialized)
        try writeWeights(folder)
        if hasTokenizer {
            for (name, value) in TinyTokenizer.files { try folder.write(name, value.serialized) }
        }
        return folder
    }

    private func writeWeights(_ folder: TemporaryFolder) throws {
        let items = weights()
        guard shardCount > 1 else {
            try folder.write("model.safetensors", SafetensorsWriter.file(items, dtype: dtype))
            return
        }
        var map = JSONObject()
        for shard in 0..<shardCount {
            let name = "model-0000\(shard + 1)-of-0000\(shardCount).safetensors"
            let part = items.enumerated().filter { $0.offset % shardCount == shard }.map(\.element)
            for item in part { map[item.name] = .string(name) }
            try folder.write(name, SafetensorsWriter.file(part, dtype: dtype))
        }
        let index: JSONValue = ["metadata": [:], "weight_map": .object(map)]
        try folder.write("model.safetensors.index.json", index.serialized)
    }

    private func weights() -> [SafetensorsWriter.Item] {
        var generator = SeededGenerator(seed: seed)
        var items: [SafetensorsWriter.Item] = []
        func add(_ name: String, _ shape: [Int], scale: Float, offset: Float = 0) {
            let count = shape.reduce(1, *)
            let values = (0..<count).map { _ in offset + scale * generator.symmetric() }
            items.append(SafetensorsWriter.Item(name: name, shape: shape, values: values))
        }
        // a variance of 1 in gives about 1 out
        func matrix(_ name: String, _ rows: Int, _ columns: Int, gain: Float = 1) {
            add(name, [rows, columns], scale: gain * (3 / Float(columns)).squareRoot())
        }
        func norm(_ name: String, _ width: Int) { add(name, [width], scale: 0.25, offset: 1) }
        let hasQKVBias = architecture.hasPrefix("Qwen2") || overrides["attention_bias"] == true
        add("model.embed_tokens.weight", [vocabularySize, hiddenSize], scale: 1)
        for layer in 0..<layerCount {
            let name = "model.layers.\(layer)."
            norm(name + "input_layernorm.weight", hiddenSize)
            for (projection, heads) in [("q", headCount), ("k", kvHeadCount), ("v", kvHeadCount)] {
                let width = heads * headDimension
                matrix(name + "self_attn.\(projection)_proj.weight", width, hiddenSize)
                if hasQKVBias { add(name + "self_attn.\(projection)_proj.bias", [width], scale: 0.5) }
            }
            matrix(name + "self_attn.o_proj.weight", hiddenSize, headCount * headDimension)
            if overrides["attention_bias"] == true { add(name + "self_attn.o_proj.bias", [hiddenSize], scale: 0.5) }
            if architecture.hasPrefix("Qwen3") {
                norm(name + "self_attn.q_norm.weight", headDimension)
                norm(name + "self_attn.k_norm.weight", headDimension)
            }
            norm(name + "post_attention_layernorm.weight", hiddenSize)
            matrix(name + "mlp.gate_proj.weight", intermediateSize, hiddenSize)
            matrix(name + "mlp.up_proj.weight", intermediateSize, hiddenSize)
            matrix(name + "mlp.down_proj.weight", hiddenSize, intermediateSize)
        }
        norm("model.norm.weight", hiddenSize)
        if !isTied { matrix("lm_head.weight", vocabularySize, hiddenSize, gain: 3) }
        return items
    }
}
