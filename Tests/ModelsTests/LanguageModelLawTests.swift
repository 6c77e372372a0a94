import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// The same bits however tokens are fed, on models with seeded random weights.
struct LanguageModelLawTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        var name: String
        var tiny: TinyModel
        var cacheType = DType.float32
        var threads = 1
        var quantization: Quantization?
        var testDescription: String { name }

        init(
            _ name: String,
            _ architecture: String,
            cacheType: DType = .float32,
            threads: Int = 1,
            quantization: Quantization? = nil,
            _ change: (inout TinyModel) -> Void = { _ in }
        ) {
            self.name = name
            tiny = TinyModel(architecture: architecture)
            change(&tiny)
            self.cacheType = cacheType
            self.threads = threads
            self.quantization = quantization
        }
    }

    static let variants = [
        Variant("llama", "LlamaForCausalLM"),
        Variant("llama bf16, bf16 cache, 2 threads", "LlamaForCausalLM", cacheType: .bfloat16, threads: 2) {
            $0.dtype = .bfloat16
            $0.isTied = true
        },
        Variant("llama f16 with biases", "LlamaForCausalLM", cacheType: .float16) {
            $0.dtype = .float16
            $0.overrides = ["attention_bias": true]
        },
        Variant("llama dynamic", "LlamaForCausalLM") {
            $0.maxPositions = 24
            $0.overrides = ["rope_scaling": ["rope_type": "dynamic", "factor": 2.0]]
        },
        Variant("llama yarn, gelu", "LlamaForCausalLM") {
            $0.overrides = [
                "hidden_act": "gelu",
                "rope_scaling": ["rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32],
            ]
        },
        Variant("mistral with a window", "MistralForCausalLM") { $0.overrides = ["sliding_window": 9] },
        Variant("qwen2 with windows above", "Qwen2ForCausalLM") {
            $0.layerCount = 3
            $0.overrides = ["use_sliding_window": true, "sliding_window": 6, "max_window_layers": 1]
        },
        Variant("qwen3", "Qwen3ForCausalLM", cacheType: .bfloat16) { $0.shardCount = 3 },
        Variant(
            "qwen3 in int8, 2 threads",
            "Qwen3ForCausalLM",
            cacheType: .bfloat16,
            threads: 2,
            quantization: Quantization(layers: .int8, output: .int8)
        ) {
            $0.dtype = .bfloat16
            $0.isTied = true
        },
        Variant("qwen2 in int4", "Qwen2ForCausalLM", quantization: Quantization(layers: .int4, output: .int6)),
        Variant(
            "llama in int4 but for the last projections",
            "LlamaForCausalLM",
            threads: 2,
            quantization: Quantization(layers: .int4Group64, output: nil, ignoredModules: ["*.down_proj"])
        ),
        Variant("qwen3, int8 cache, 2 threads", "Qwen3ForCausalLM", cacheType: .int8, threads: 2),
        Variant("mistral with a window, int8 cache", "MistralForCausalLM", cacheType: .int8) {
            $0.overrides = ["sliding_window": 9]
        },
    ]

    /// Folders of the goldens that together use everything that layers can do.
    static let folders =
        Golden.ownNames.map { (name: $0, isOwn: true) }
        + (Fixtures.areExpected ? GoldenTests.models : []).map { (name: $0, isOwn: false) }

    @Test("the same bits for every architecture", arguments: folders)
    func sameBits(name: String, isOwn: Bool) throws {
        let golden = try isOwn ? Golden(own: name) : Golden("models/\(name)")
        let backend = CPUBackend(threads: 2)
        let limits = ForwardLimits(maxBatchedTokens: 64, maxLogitsRows: 64, maxModelLength: 64)
        let model = try ModelLoader.load(folder: golden.folder, backend: backend, limits: limits)
        var generator = SeededGenerator(seed: 7)
        let prompts = [1, 5, 33].map { count in
            (0..<count).map { _ in Int32(generator.next() % UInt64(model.vocabularySize)) }
        }
        let violations = try checkLanguageModel(model, backend: backend, prompts: prompts, cacheType: .bfloat16)
        #expect(violations.isEmpty, "\(violations)")
    }

    @Test(
        "the same bits where fused, stacked and latent projections are quantized",
        arguments: Golden.ownNames.filter { !$0.hasSuffix("-fp8") }
    )
    func quantized(name: String) throws {
        let golden = try Golden(own: name)
        let backend = CPUBackend(threads: 1)
        let limits = ForwardLimits(maxBatchedTokens: 64, maxLogitsRows: 64, maxModelLength: 64)
        let model = try ModelLoader.load(
            folder: golden.folder,
            backend: backend,
            limits: limits,
            options: .init(quantization: Quantization(layers: .int8, output: .int8))
        )
        let prompts = try golden.cases.map { try #require($0["input_ids"]).tokens }
        let violations = try checkLanguageModel(model, backend: backend, prompts: prompts)
        #expect(violations.isEmpty, "\(violations)")
        // a changed choice of experts moves logits further than rounding does
        if model.kvCacheSpec.kvHeadCount == 1 || golden.folder.configuration["num_experts_per_tok"] != nil { return }
        let runner = try SequenceRunner(model: model, backend: backend)
        for example in golden.cases { #expect(try Golden.worstLogit(runner, example) < 1.5, "\(name)") }
    }

    @Test(arguments: variants)
    func sameBits(variant: Variant) throws {
        let folder = try variant.tiny.makeFolder()
        let backend = CPUBackend(threads: variant.threads)
        let limits = ForwardLimits(maxBatchedTokens: 64, maxLogitsRows: 64, maxModelLength: 64)
        let model = try ModelLoader.load(
            folder: try ModelFolder(path: folder.path),
            backend: backend,
            limits: limits,
            options: .init(quantization: variant.quantization)
        )
        var generator = SeededGenerator(seed: 7)
        let prompts = [1, 5, 17, 33, 40].map { count in
            (0..<count).map { _ in Int32(generator.next() % UInt64(variant.tiny.vocabularySize)) }
        }
        let violations = try checkLanguageModel(
            model,
            backend: backend,
            prompts: prompts,
            cacheType: variant.cacheType
        )
        #expect(violations.isEmpty, "\(violations)")
    }
}
