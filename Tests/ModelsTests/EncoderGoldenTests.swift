import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// Embeddings and scores against `transformers` in float32.
@Suite(.enabled(if: Fixtures.areExpected))
struct EncoderGoldenTests {
    static let encoders = [
        "bert", "bert-mean", "distilbert", "mpnet", "nomic-bert", "roberta", "xlm-roberta", "qwen3-embedding",
    ]

    static func limits(_ loader: PoolingLoader) -> EncoderLimits {
        EncoderLimits(maxBatchedTokens: 512, maxSequences: 32, maxLength: min(loader.maxPositions, 512))
    }

    static func load(
        _ folder: ModelFolder,
        pooling: PoolingOptions = PoolingOptions(),
        backend: CPUBackend = CPUBackend()
    ) throws -> (PoolingLoader, PoolingModel) {
        let loader = try #require(try PoolingLoader(folder: folder, pooling: pooling))
        return (loader, try loader.load(backend: backend, limits: limits(loader)))
    }

    @Test(arguments: encoders)
    func pooledVectors(_ name: String) throws {
        let golden = try Golden("models/\(name)")
        let modes: [(PoolingMode?, String)] = [
            (nil, "embedding"), (.cls, "pooled_cls"), (.mean, "pooled_mean"), (.max, "pooled_max"),
            (.meanSqrtLength, "pooled_mean_sqrt_len"), (.last, "pooled_lasttoken"),
        ]
        for (mode, field) in modes {
            let (_, model) = try Self.load(golden.folder, pooling: PoolingOptions(mode: mode))
            for example in golden.cases {
                let sequence = EncoderBatch.Sequence(tokens: try #require(example["input_ids"]).tokens)
                let vector = try model.vectors(of: EncoderBatch([sequence]))[0]
                let expected = try #require(example[field]).floats
                let found = VectorMath.normalized(vector)
                #expect(VectorMath.cosine(found, expected) > 0.999_999, "\(field)")
                #expect(greatestDifference(found, expected) < 2e-6, "\(field)")
                guard mode == nil, let raw = example["pooled_unnormalized"]?.floats else { continue }
                #expect(greatestDifference(vector, raw) < 2e-5)
            }
        }
    }

    @Test(arguments: encoders)
    func isBitIdenticalInABatch(_ name: String) throws {
        let golden = try Golden("models/\(name)")
        let (_, model) = try Self.load(golden.folder)
        let sequences = try golden.cases.map {
            EncoderBatch.Sequence(tokens: try #require($0["input_ids"]).tokens)
        }
        let together = try model.vectors(of: EncoderBatch(sequences + sequences.reversed()))
        for (index, sequence) in sequences.enumerated() {
            let alone = try model.vectors(of: EncoderBatch([sequence]))[0]
            #expect(alone == together[index])
            #expect(alone == together[2 * sequences.count - 1 - index])
        }
    }

    @Test func labelsOfSequences() throws {
        let golden = try Golden("e2e/classify-roberta-3")
        let (loader, model) = try Self.load(golden.folder)
        guard case .classification(let results) = loader.kind else { throw MissingKind() }
        #expect(results.labels == ["negative", "neutral", "positive"])
        for example in golden.cases {
            let sequence = EncoderBatch.Sequence(tokens: try #require(example["ids"]).tokens)
            let scores = try model.vectors(of: EncoderBatch([sequence]))[0]
            #expect(greatestDifference(scores, try #require(example["logits"]).floats) < 2e-5)
            #expect(greatestDifference(results.results(scores), try #require(example["softmax"]).floats) < 1e-5)
        }
    }

    @Test func scoresOfPairs() throws {
        let golden = try Golden("e2e/rerank-bert")
        let (loader, model) = try Self.load(golden.folder)
        guard case .classification(let results) = loader.kind else { throw MissingKind() }
        for example in golden.cases {
            let sequence = EncoderBatch.Sequence(tokens: try #require(example["ids"]).tokens)
            let scores = try model.vectors(of: EncoderBatch([sequence]))[0]
            #expect(abs(scores[0] - Float(try #require(example["logit"]?.double))) < 2e-5)
            #expect(abs(results.results(scores)[0] - Float(try #require(example["sigmoid"]?.double))) < 1e-5)
        }
    }

    /// The way in which the model's own authors write its configuration.
    @Test func nomicFieldsOfGPT2() throws {
        let golden = try Golden("models/nomic-bert")
        let folder = try TemporaryFolder()
        let names = [
            ("hidden_size", "n_embd"), ("num_attention_heads", "n_head"), ("intermediate_size", "n_inner"),
            ("num_hidden_layers", "n_layer"), ("max_position_embeddings", "n_positions"),
            ("layer_norm_eps", "layer_norm_epsilon"),
        ]
        var members: [(String, JSONValue)] = [
            ("architectures", ["NomicBertModel"]), ("activation_function", "swiglu"), ("rotary_emb_base", 1000),
            ("rotary_emb_fraction", 1.0), ("prenorm", false), ("qkv_proj_bias", false), ("max_trained_positions", 64),
            ("vocab_size", try #require(golden.folder.configuration["vocab_size"])),
        ]
        for (ours, theirs) in names { members.append((theirs, try #require(golden.folder.configuration[ours]))) }
        try folder.write("config.json", JSONValue.object(JSONObject(members)).serialized)
        let weights = URL(filePath: golden.folder.path(of: "model.safetensors"))
        try folder.write("model.safetensors", Array(try Data(contentsOf: weights)))
        let (loader, model) = try Self.load(
            try ModelFolder(path: folder.path),
            pooling: PoolingOptions(mode: .mean)
        )
        #expect(loader.maxPositions == 64)
        for example in golden.cases {
            let tokens = try #require(example["input_ids"]).tokens
            guard tokens.count <= 64 else { continue }
            let vector = try model.vectors(of: EncoderBatch([EncoderBatch.Sequence(tokens: tokens)]))[0]
            #expect(
                greatestDifference(VectorMath.normalized(vector), try #require(example["pooled_mean"]).floats) < 2e-6
            )
        }
    }

    private struct MissingKind: Error {}
}

/// The greatest difference of two vectors' elements; infinite where their widths differ.
func greatestDifference(_ x: [Float], _ y: [Float]) -> Float {
    guard x.count == y.count else { return .infinity }
    return zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
