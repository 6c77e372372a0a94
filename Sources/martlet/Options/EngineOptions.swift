import ArgumentParser
import Foundation
import Martlet
import MartletJSON

/// The flags that concern the model and the engine.
struct EngineOptions: ParsableArguments {
    static let defaultMaxNumSeqs = HumanInteger(128)

    @Option(help: "Folder or hub id of the tokenizer, when it is not the model's.")
    var tokenizer: String?

    @Option(help: "Branch, tag or commit of the model on the hub.")
    var revision: String?

    @Option(help: "Token for gated or private models (default: HF_TOKEN or the stored one).")
    var hfToken: String?

    @Option(help: "Folder to download to, in place of the Hugging Face cache.")
    var downloadDir: String?

    @Option(
        help: """
            Element type of weights: auto, float32, float, bfloat16, float16, half; bfloat16 rounds the inputs of \
            products too.
            """
    )
    var dtype = "auto"

    @OptionGroup var quantization: QuantizationOptions

    @Flag(inversion: .prefixedNo, help: "Move the weights of a mapped file into huge pages once the model serves.")
    var hugePages = true

    @Option(
        help: "Element type of the KV cache: auto, float32, bfloat16, float16, int8 (a scale for each token and head)."
    )
    var kvCacheDtype = "auto"

    @Option(help: "Longest sequence in tokens, prompt and completion together (default: the model's, or what fits).")
    var maxModelLen: ModelLength?

    @Option(help: "Most sequences that run at once.")
    var maxNumSeqs: HumanInteger = EngineOptions.defaultMaxNumSeqs

    @Option(help: "Most tokens of one step (default: 256, or max-num-seqs where that is more).")
    var maxNumBatchedTokens: HumanInteger?

    @Option(help: "Most requests that wait; one more is answered with 503.")
    var maxNumQueuedReqs: HumanInteger = HumanInteger(1024)

    @Option(
        help: "Most prompt tokens of requests that wait; one more request is answered with 503 (default: any number)."
    )
    var maxNumQueuedTokens: HumanInteger?

    @Option(help: "Tokens of a KV cache block.")
    var blockSize = 16

    @Option(
        name: [.customLong("gpu-memory-utilization"), .customLong("device-memory-utilization")],
        help: "Share of the device's memory that may be used, in (0, 1]; the CPU's device is RAM."
    )
    var gpuMemoryUtilization = 0.9

    @Option(
        help: "Size of the KV cache in bytes, for example 2G (default: what is needed, at most 4 GiB and what is free)."
    )
    var kvCacheMemoryBytes: HumanInteger?

    @Flag(inversion: .prefixedNo, help: "Let prompts find the cache blocks of earlier ones.")
    var enablePrefixCaching = true

    @Option(help: "Order of waiting requests: fcfs, or priority (the request's `priority`, lower ones first).")
    var schedulingPolicy = "fcfs"

    @Option(help: "Compute threads (default: one for each usable core).")
    var threads: Int?

    @Option(help: "Keys the draws of requests without a seed (default: fresh at each start).")
    var seed: UInt64?

    @Option(help: "Chat template: a file, or the template itself.")
    var chatTemplate: String?

    @Option(help: "How templates get message content: auto, string or openai.")
    var chatTemplateContentFormat = "auto"

    @Option(help: "JSON object of variables for the chat template, which requests may change.")
    var defaultChatTemplateKwargs: String?

    @Option(help: "Where sampling defaults come from: auto (the model), vllm (none), or a folder.")
    var generationConfig = "auto"

    @Option(help: "JSON object that replaces values of the generation config.")
    var overrideGenerationConfig: String?

    /// The flags as the library's options.
    func modelOptions() throws -> ModelOptions {
        var options = ModelOptions()
        options.dtype = try Self.dataType(dtype, flag: "--dtype")
        try quantization.apply(to: &options)
        options.usesHugePages = hugePages
        options.kvCacheDType = try Self.cacheType(kvCacheDtype)
        options.maxModelLength = maxModelLen?.tokenCount
        options.maxSequences = maxNumSeqs.value
        options.maxBatchedTokens = maxNumBatchedTokens?.value
        options.maxWaitingRequests = maxNumQueuedReqs.value
        if let limit = maxNumQueuedTokens, limit.value < 1 {
            throw ValidationError("--max-num-queued-tokens \(limit.value): expected at least 1")
        }
        options.maxWaitingTokens = maxNumQueuedTokens?.value
        guard let policy = ModelOptions.SchedulingPolicy(rawValue: schedulingPolicy) else {
            throw ValidationError("--scheduling-policy \(schedulingPolicy): expected fcfs or priority")
        }
        options.schedulingPolicy = policy
        options.blockSize = blockSize
        options.memoryUtilization = gpuMemoryUtilization
        options.kvCacheByteCount = kvCacheMemoryBytes?.value
        options.isPrefixCachingEnabled = enablePrefixCaching
        options.threadCount = threads
        options.seed = seed
        options.generationConfig = generationConfig
        if let text = overrideGenerationConfig {
            options.generationConfigOverrides = try Self.object(text, flag: "--override-generation-config")
        }
        if let text = defaultChatTemplateKwargs {
            options.chatTemplateVariables = try Self.object(text, flag: "--default-chat-template-kwargs")
        }
        guard ["auto", "string", "openai"].contains(chatTemplateContentFormat) else {
            throw ValidationError(
                "--chat-template-content-format \(chatTemplateContentFormat): expected auto, string or openai"
            )
        }
        options.chatTemplateContentFormat = chatTemplateContentFormat
        if let chatTemplate { options.chatTemplate = try Self.templateText(chatTemplate) }
        return options
    }

    /// The folder of `--tokenizer`, downloaded where it is a hub id; `nil` without that flag.
    func tokenizerFolder() async throws -> String? {
        guard let tokenizer else { return nil }
        return try await ModelLocation.resolve(tokenizer, modelDirectory: nil, options: self).path
    }

    private static func object(_ text: String, flag: String) throws -> JSONObject {
        guard let object = try? JSONParser.parse(text).object else {
            throw ValidationError("\(flag) is not a JSON object: \(text)")
        }
        return object
    }

    private static func dataType(_ name: String, flag: String) throws -> ModelOptions.DataType {
        let aliases = ["float": "float32", "half": "float16"]
        guard let type = ModelOptions.DataType(rawValue: aliases[name] ?? name) else {
            throw ValidationError("\(flag) \(name): expected auto, float32, float, bfloat16, float16 or half")
        }
        return type
    }

    private static func cacheType(_ name: String) throws -> ModelOptions.KVCacheDataType {
        let aliases = ["float": "float32", "half": "float16", "int8_per_token_head": "int8"]
        guard let type = ModelOptions.KVCacheDataType(rawValue: aliases[name] ?? name) else {
            throw ValidationError("--kv-cache-dtype \(name): expected auto, float32, bfloat16, float16 or int8")
        }
        return type
    }

    /// A file's content, or the argument itself when it is a template.
    private static func templateText(_ argument: String) throws -> String {
        if FileManager.default.fileExists(atPath: argument) {
            return try String(contentsOfFile: argument, encoding: .utf8)
        }
        guard argument.contains("{%") || argument.contains("{{") || argument.contains("\n") else {
            throw ValidationError("--chat-template \(argument): no such file, and not a template")
        }
        return argument
    }
}

extension HumanInteger {
    init(_ value: Int) { self.value = value }

    var defaultValueDescription: String { "\(value)" }
}

/// The value of `--max-model-len`: a count, or `auto` (also −1) for what fits.
struct ModelLength: ExpressibleByArgument {
    let tokenCount: Int?

    init?(argument: String) {
        if argument == "auto" || argument == "-1" {
            tokenCount = nil
            return
        }
        guard let number = HumanInteger(argument: argument), number.value > 0 else { return nil }
        tokenCount = number.value
    }
}
