import MartletCheckpoints
import MartletJSON
import MartletTensors
import Testing

/// GGUF files as models: names, configuration, splits.
@Suite struct GGUFModelTests {
    /// Metadata that a value can be.
    enum Value {
        case text(String)
        case integer(UInt32)
        case number(Float)
    }

    static let fields: [(String, Value)] = [
        ("general.architecture", .text("llama")), ("llama.embedding_length", .integer(32)),
        ("llama.block_count", .integer(1)), ("llama.attention.head_count", .integer(2)),
        ("llama.attention.head_count_kv", .integer(1)), ("llama.feed_forward_length", .integer(64)),
        ("llama.context_length", .integer(128)), ("llama.attention.layer_norm_rms_epsilon", .number(1e-5)),
        ("llama.rope.freq_base", .number(5000)), ("tokenizer.ggml.eos_token_id", .integer(2)),
        ("tokenizer.ggml.eot_token_id", .integer(7)),
    ]

    /// Names, dimensions innermost first, ggml's type and the data.
    static let tensors: [(name: String, shape: [UInt64], type: UInt32, data: [UInt8])] = [
        ("token_embd.weight", [32, 4], 8, [UInt8](repeating: 3, count: 4 * 34)),
        ("output_norm.weight", [32], 0, [UInt8](repeating: 0, count: 128)),
        // rows of one number each, so that their order shows
        ("blk.0.attn_q.weight", [32, 32], 0, (0..<32).flatMap { [UInt8](repeating: $0, count: 128) }),
        ("blk.0.attn_v.weight", [32, 16], 2, [UInt8](repeating: 5, count: 16 * 18)),
        ("blk.0.attn_rel_b.weight", [32], 0, [UInt8](repeating: 0, count: 128)),
    ]

    static func file(
        _ fields: [(String, Value)] = fields,
        tensors: [(name: String, shape: [UInt64], type: UInt32, data: [UInt8])] = tensors
    ) -> [UInt8] {
        var writer = GGUFHeaderTests.Writer()
        writer.bytes = Array("GGUF".utf8)
        writer.add(UInt32(3))
        writer.add(UInt64(tensors.count))
        writer.add(UInt64(fields.count))
        for (name, value) in fields {
            writer.add(name)
            switch value {
            case .text(let text):
                writer.add(UInt32(8))
                writer.add(text)
            case .integer(let number):
                writer.add(UInt32(4))
                writer.add(number)
            case .number(let number):
                writer.add(UInt32(6))
                writer.add(number.bitPattern)
            }
        }
        var data: [UInt8] = []
        for tensor in tensors {
            writer.add(tensor.name)
            writer.add(UInt32(tensor.shape.count))
            for dimension in tensor.shape { writer.add(dimension) }
            writer.add(tensor.type)
            writer.add(UInt64(data.count))
            data += tensor.data
            while data.count % 32 != 0 { data.append(0) }
        }
        while writer.bytes.count % 32 != 0 { writer.bytes.append(0) }
        return writer.bytes + data
    }

    @Test func metadataBecomeAConfiguration() throws {
        let folder = try ScratchFolder()
        try folder.write("model.gguf", Self.file())
        // the file itself, and a folder that holds nothing else
        for path in [folder.path + "/model.gguf", folder.path] {
            let model = try ModelFolder(path: path)
            let found = model.configuration
            #expect(found["architectures"] == ["LlamaForCausalLM"])
            #expect(found["hidden_size"] == 32 && found["num_hidden_layers"] == 1 && found["vocab_size"] == 4)
            #expect(found["num_attention_heads"] == 2 && found["num_key_value_heads"] == 1)
            #expect(found["rope_theta"] == 5000.0 && found["max_position_embeddings"] == 128)
            #expect(found["tie_word_embeddings"] == true && found["attention_bias"] == false)
            #expect(model.eosTokenIDs == [2, 7])
        }
    }

    @Test func tensorsHaveTheNamesOfFolders() throws {
        let folder = try ScratchFolder()
        try folder.write("model.gguf", Self.file())
        let checkpoint = try Checkpoint(try ModelFolder(path: folder.path + "/model.gguf"))
        #expect(
            checkpoint.names == [
                "model.embed_tokens.weight", "model.layers.0.attn_rel_b.weight",
                "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.v_proj.weight", "model.norm.weight",
            ]
        )
        let (tensor, format) = try #require(
            try checkpoint.blocks("model.layers.0.self_attn.v_proj.weight", rows: 16, columns: 32)
        )
        #expect(format.name == "Q4_0" && tensor.shape == [16, 18])
        // two heads of sixteen rows: pairs of rows become halves
        let queries = try checkpoint.tensor("model.layers.0.self_attn.q_proj.weight", shape: [32, 32])
        let order = (0..<32).map { row in unsafe queries.hostPointer(as: Float.self)[32 * row].bitPattern & 0xff }
        let even = (0..<8).map { UInt32(2 * $0) }
        #expect(order == even + even.map { $0 + 1 } + even.map { $0 + 16 } + even.map { $0 + 17 })
        #expect(throws: CheckpointError.self) {
            try checkpoint.blocks("model.layers.0.self_attn.v_proj.weight", rows: 16, columns: 64)
        }
    }

    @Test(
        "what is missing or not known is named",
        arguments: [
            ("llama.block_count", nil, "llama.block_count"), ("general.architecture", .text("mamba"), "mamba"),
            ("llama.attention.head_count", .text("2"), "llama.attention.head_count"),
            ("llama.attention.key_length", .integer(8), "llama.attention"),
            ("llama.rope.scaling.type", .text("spiral"), "spiral"),
            ("split.count", .integer(2), "-00001-of-00002.gguf"),
            ("split.count", .integer(2_000_000), "split.count"), ("llama.attention.head_count", .integer(5), "attn_q"),
        ] as [(String, Value?, String)]
    )
    func refuses(field: String, value: Value?, says: String) throws {
        let folder = try ScratchFolder()
        var fields = Self.fields.filter { $0.0 != field }
        if let value { fields.append((field, value)) }
        if field == "llama.attention.key_length" { fields.append(("llama.rope.dimension_count", .integer(16))) }
        try folder.write("model.gguf", Self.file(fields))
        let error = try #require(throws: CheckpointError.self) {
            try Checkpoint(try ModelFolder(path: folder.path + "/model.gguf"))
        }
        #expect("\(error)".contains(says) || "\(error)".contains("rope.dimension_count"), "\(error)")
    }

    @Test func splitFilesAreOneModel() throws {
        let folder = try ScratchFolder()
        for part in 0..<2 {
            let own: [(String, Value)] = [("split.no", .integer(UInt32(part))), ("split.count", .integer(2))]
            let tensors = Self.tensors.enumerated().filter { $0.offset % 2 == part }.map(\.element)
            let fields = part == 0 ? Self.fields + own : own
            try folder.write("m-0000\(part + 1)-of-00002.gguf", Self.file(fields, tensors: tensors))
        }
        let checkpoint = try Checkpoint(try ModelFolder(path: folder.path))
        #expect(checkpoint.names.count == Self.tensors.count)
        try folder.write("m-00002-of-00002.gguf", Self.file(Self.fields, tensors: []))
        let error = try #require(throws: CheckpointError.self) { try ModelFolder(path: folder.path) }
        #expect("\(error)".contains("part 2 of 2"))
    }

    @Test func factorsThatAreNotComputedAreNamed() throws {
        let folder = try ScratchFolder()
        try folder.write("model.gguf", Self.file(Self.fields + [("llama.logit_scale", .number(0.25))]))
        let error = try #require(throws: CheckpointError.self) { try ModelFolder(path: folder.path) }
        #expect("\(error)".contains("llama.logit_scale"))
    }
}
