import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

struct ModelLoaderTests {
    private let limits = ForwardLimits(maxBatchedTokens: 8, maxLogitsRows: 4, maxModelLength: 40)

    private func runner(
        _ tiny: TinyModel,
        dtype: DType? = nil,
        loadingAs overrides: [String: JSONValue] = [:]
    ) throws -> SequenceRunner {
        let folder = try tiny.makeFolder()
        var changed = tiny
        changed.overrides.merge(overrides) { _, new in new }
        try folder.write("config.json", JSONValue.object(changed.configuration).serialized)
        let backend = CPUBackend(threads: 1)
        let model = try ModelLoader.load(
            folder: try ModelFolder(path: folder.path),
            backend: backend,
            limits: limits,
            options: ModelLoader.Options(dtype: dtype)
        )
        return try SequenceRunner(model: model, backend: backend)
    }

    @Test("memory is known before anything is loaded")
    func byteCounts() throws {
        var tiny = TinyModel(architecture: "Qwen2ForCausalLM")
        tiny.dtype = .bfloat16
        let folder = try tiny.makeFolder()
        let loader = try ModelLoader(folder: try ModelFolder(path: folder.path))
        #expect(loader.weightDType == .bfloat16)
        let weights = loader.configuration.parameterCount * 2
        #expect(loader.weightByteCount >= weights && loader.weightByteCount < weights + 8192)
        let wide = try ModelLoader(
            folder: try ModelFolder(path: folder.path),
            options: ModelLoader.Options(dtype: .float32)
        )
        #expect(wide.weightByteCount == 2 * weights)
        let (small, large) = (limits, ForwardLimits(maxBatchedTokens: 16, maxLogitsRows: 4, maxModelLength: 40))
        #expect(loader.configuration.scratchByteCount(small) < loader.configuration.scratchByteCount(large))
    }

    @Test("what quantization leaves out, and the size of what it does not")
    func quantizationChoices() throws {
        let choice = Quantization(
            layers: .int4,
            output: .int8,
            ignoredModules: ["model.layers.0.*", "*.k_proj", "lm_head?"]
        )
        #expect(choice.format(ofModules: ["model.layers.1.mlp.down_proj"]) == .int4)
        #expect(choice.format(ofModules: ["model.layers.0.mlp.down_proj"]) == nil)
        #expect(choice.format(ofModules: Quantization.stack(of: "model.layers.1.self_attn.v_proj")) == nil)
        #expect(choice.format(ofModules: ["lm_head"]) == .int8)
        for (name, pattern, isMatch) in [
            ("abc", "abc", true), ("abc", "*", true), ("abc", "a*c", true), ("abc", "*b", false), ("aab", "*ab", true),
            ("", "", true), ("", "*", true), ("a", "", false), ("abab", "*ab*ab*", true), ("abab", "*ab*abb", false),
        ] {
            #expect(Quantization.matches(Array(name.utf8), pattern: Array(pattern.utf8)) == isMatch, "\(name) \(pattern)")
        }
    }

    @Test("a quantized model's size is known before it is loaded", arguments: [true, false])
    func quantizedByteCounts(isTied: Bool) throws {
        var tiny = TinyModel(architecture: "Qwen3ForCausalLM")
        tiny.dtype = .bfloat16
        tiny.isTied = isTied
        let folder = try tiny.makeFolder()
        let options = ModelLoader.Options(
            quantization: Quantization(layers: .int4, output: .int8, ignoredModules: ["*.1.mlp.up_proj"])
        )
        let loader = try ModelLoader(folder: try ModelFolder(path: folder.path), options: options)
        let backend = CPUBackend(threads: 1)
        let model = try #require(try loader.load(backend: backend, limits: limits) as? DecoderModel)
        let plain = 2 * (isTied ? 0 : tiny.vocabularySize * tiny.hiddenSize)
        let vectors = loader.weightByteCount - plain - model.linearByteCount
        // norms as stored; nothing else is left
        #expect(vectors == 2 * (5 * tiny.hiddenSize + 4 * tiny.headDimension))
    }

    @Test("weights converted to a wider type give the same logits", arguments: [DType.bfloat16, .float16])
    func convertsTypes(stored: DType) throws {
        var tiny = TinyModel()
        tiny.dtype = stored
        let tokens: [Int32] = [5, 9, 200, 31]
        let inPlace = try runner(tiny).logits(tokens, allPositions: true)
        let widened = try runner(tiny, dtype: .float32).logits(tokens, allPositions: true)
        for (left, right) in zip(inPlace.joined(), widened.joined()) { #expect(abs(left - right) < 1e-4) }
        let other = try runner(tiny, dtype: stored == .bfloat16 ? .float16 : .bfloat16).logits(tokens)
        for (left, right) in zip(inPlace[3], other[0]) { #expect(abs(left - right) < 0.5) }
    }

    @Test("a checkpoint that does not fit its configuration is refused")
    func refusesMismatches() throws {
        let tiny = TinyModel()
        let cases: [([String: JSONValue], String)] = [
            (["vocab_size": 321], "model.embed_tokens.weight"),
            (["num_hidden_layers": 3], "model.layers.2."),
            (["intermediate_size": 49], "mlp.gate_proj.weight"),
            (["attention_bias": true], "self_attn.q_proj.bias"),
            (["head_dim": 16], "self_attn.q_proj.weight"),
        ]
        for (overrides, says) in cases {
            let error = try #require(throws: ModelError.self) { try runner(tiny, loadingAs: overrides) }
            #expect("\(error)".contains(says), "\(error)")
        }
        var biased = TinyModel()
        biased.overrides = ["attention_bias": true]
        let error = try #require(throws: ModelError.self) { try runner(biased, loadingAs: ["attention_bias": false]) }
        #expect("\(error)".contains("bias") && "\(error)".contains("no place"))
    }

    @Test("a tied model ignores a stored output matrix, as the reference does")
    func tied() throws {
        let untied = try runner(TinyModel(), loadingAs: ["tie_word_embeddings": true]).logits([1, 2])
        var tiny = TinyModel()
        tiny.isTied = true
        #expect(try runner(tiny).logits([1, 2]) == untied)
    }

    @Test func refusesTokensAndLengths() throws {
        let runner = try runner(TinyModel())
        for tokens: [Int32] in [[], [320], [-1], Array(repeating: 1, count: 41)] {
            #expect(throws: ModelError.self) { try runner.logits(tokens) }
        }
        #expect(try runner.logits(Array(repeating: 1, count: 40), allPositions: true).count == 40)
    }

    @Test("a sliding window forgets what is out of reach")
    func window() throws {
        var tiny = TinyModel(architecture: "MistralForCausalLM")
        tiny.layerCount = 1
        tiny.overrides = ["sliding_window": 4]
        let runner = try runner(tiny)
        let tail: [Int32] = [7, 8, 9, 10]
        // the last token of one layer sees itself and three before it: what stood earlier cannot matter
        #expect(try runner.logits([1, 2] + tail) == runner.logits([3, 4] + tail))
        #expect(try runner.logits([1, 2, 3] + tail.dropFirst()) != runner.logits([1, 2, 4] + tail.dropFirst()))
    }

    @Test("stacked projections of different types are widened")
    func mixedTypes() throws {
        var tiny = TinyModel()
        tiny.shardCount = 2
        let folder = try tiny.makeFolder()
        tiny.dtype = .bfloat16
        let other = try tiny.makeFolder()
        let shard = "model-00002-of-00002.safetensors"
        try folder.write(shard, try #require(try ModelFolder(path: other.path).bytes(of: shard)))
        let backend = CPUBackend(threads: 1)
        let model = try ModelLoader.load(
            folder: try ModelFolder(path: folder.path),
            backend: backend,
            limits: limits
        )
        let mixed = try SequenceRunner(model: model, backend: backend).logits([3, 1, 4])
        let plain = try runner(TinyModel()).logits([3, 1, 4])
        for (left, right) in zip(mixed[0], plain[0]) { #expect(abs(left - right) < 0.5) }
        #expect(mixed != plain)
    }
}
