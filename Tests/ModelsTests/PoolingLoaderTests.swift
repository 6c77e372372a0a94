import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTestSupport
import Testing

/// What a folder's files and the user's wishes make of a model.
@Suite struct PoolingLoaderTests {
    private static let bert: [(String, JSONValue)] = [
        ("architectures", ["BertModel"]), ("vocab_size", 8), ("hidden_size", 4), ("num_hidden_layers", 1),
        ("num_attention_heads", 1), ("intermediate_size", 4), ("max_position_embeddings", 8), ("type_vocab_size", 2),
        ("layer_norm_eps", 1e-12), ("hidden_act", "gelu"),
    ]

    private static func folder(
        _ changes: [(String, JSONValue)] = [],
        _ files: [(String, String)] = []
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let kept = bert.filter { field in !changes.contains { $0.0 == field.0 } }
        try folder.write("config.json", JSONValue.object(JSONObject(kept + changes)).serialized)
        try folder.write("model.safetensors", [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
        for (name, text) in files { try folder.write(name, text) }
        return folder
    }

    private static func loader(
        _ folder: TemporaryFolder,
        _ pooling: PoolingOptions = PoolingOptions()
    ) throws -> PoolingLoader? {
        try PoolingLoader(folder: try ModelFolder(path: folder.path), pooling: pooling)
    }

    private static func message(_ folder: TemporaryFolder, _ pooling: PoolingOptions = PoolingOptions()) -> String {
        do {
            _ = try loader(folder, pooling)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func kindsOfArchitectures() throws {
        #expect(try Self.loader(try Self.folder())?.kind == .embedding(isNormalized: true))
        let classifier = try Self.folder([("architectures", ["BertForSequenceClassification"]), ("num_labels", 1)])
        let expected = ClassifierConfiguration(labels: ["LABEL_0"], activation: .sigmoid)
        #expect(try Self.loader(classifier)?.kind == .classification(expected))
        #expect(try Self.loader(classifier, PoolingOptions(task: .embed))?.kind == .embedding(isNormalized: true))
        #expect(try Self.loader(try Self.folder([("architectures", ["BertForQuestionAnswering"])])) == nil)
    }

    @Test(arguments: [
        ("regression", ClassifierConfiguration.Activation.identity), ("multi_label_classification", .sigmoid),
        ("single_label_classification", .softmax),
    ])
    func problemTypes(_ type: String, _ activation: ClassifierConfiguration.Activation) throws {
        let folder = try Self.folder([
            ("architectures", ["BertForSequenceClassification"]), ("problem_type", .string(type)),
            ("id2label", ["0": "no", "1": "yes"]),
        ])
        let expected = ClassifierConfiguration(labels: ["no", "yes"], activation: activation)
        #expect(try Self.loader(folder)?.kind == .classification(expected))
    }

    @Test func activationOfCrossEncoders() throws {
        let identity: JSONValue = "torch.nn.modules.linear.Identity"
        for field in [
            ("sbert_ce_default_activation_function", identity),
            ("sentence_transformers", ["activation_fn": identity]),
        ] {
            let folder = try Self.folder([
                ("architectures", ["BertForSequenceClassification"]), ("num_labels", 1), field,
            ])
            let expected = ClassifierConfiguration(labels: ["LABEL_0"], activation: .identity)
            #expect(try Self.loader(folder)?.kind == .classification(expected))
        }
    }

    @Test func moduleFilesAreChecked() throws {
        func modules(_ type: String, _ path: String) -> String {
            "[{\"idx\": 0, \"path\": \"\(path)\", \"type\": \"sentence_transformers.models.\(type)\"}]"
        }
        for path in ["..", "../x", "a/b"] {
            #expect(Self.message(try Self.folder([], [("modules.json", modules("Dense", path))])).contains("'path'"))
        }
        #expect(Self.message(try Self.folder([], [("modules.json", modules("LSTM", "1_LSTM"))])).contains("'LSTM'"))
        #expect(Self.message(try Self.folder([], [("modules.json", "{}")])).contains("modules.json"))
        #expect(
            Self.message(try Self.folder([], [("modules.json", modules("Pooling", "1_Pooling"))]))
                .contains("1_Pooling/config.json")
        )
    }

    @Test func whatChangesResultsIsRefused() throws {
        for field: (String, JSONValue) in [
            ("position_embedding_type", "relative_key"), ("hidden_act", "mish"), ("is_decoder", true),
            ("num_attention_heads", 3),
        ] {
            let message = Self.message(try Self.folder([field]))
            #expect(message.contains(field.0 == "num_attention_heads" ? "'hidden_size'" : "'\(field.0)'"), "\(field)")
        }
    }

    @Test func poolerConfiguration() throws {
        var options = PoolingOptions()
        try options.read(poolerConfiguration: JSONObject([("pooling_type", "MEAN"), ("use_activation", false)]))
        #expect(options == PoolingOptions(mode: .mean, usesActivation: false))
        for field: (String, JSONValue) in [("pooling_type", "STEP"), ("step_tag_id", 3)] {
            #expect(throws: CheckpointError.self) { try options.read(poolerConfiguration: JSONObject([field])) }
        }
    }
}
