public import MartletJSON

/// How a model is loaded and what the engine may use: the options of `martlet serve` that concern the engine.
public struct ModelOptions: Sendable {
    /// The element type to compute with; `auto` is the checkpoint's own.
    public enum DataType: String, Sendable, CaseIterable {
        /// The checkpoint's own type.
        case auto
        /// binary32
        case float32
        /// bfloat16
        case bfloat16
        /// binary16
        case float16
    }

    /// In which order requests that wait are taken.
    public enum SchedulingPolicy: String, Sendable, CaseIterable {
        /// In the order of their arrival.
        case fcfs
        /// Those of the lowest priority number first, of equal ones in the order of their arrival.
        case priority
    }

    /// What a matrix is quantized to.
    public enum QuantizedType: String, Sendable, CaseIterable {
        /// Integers of eight bits, a scale for every 32.
        case int8
        /// Integers of six bits, a scale for every 32.
        case int6
        /// Integers of four bits, a scale for every 32.
        case int4
        /// Integers of four bits, a scale for every 64.
        case int4Group64 = "int4-g64"
        /// Integers of four bits, a scale for every 128.
        case int4Group128 = "int4-g128"
    }

    /// What the output matrix is quantized to where the layers are.
    public enum OutputQuantization: Sendable, Hashable {
        /// int8 beside layers of int8, else int6.
        case automatic
        /// That type.
        case type(QuantizedType)
        /// Not at all.
        case asStored
    }

    /// The element type of the key/value cache.
    public enum KVCacheDataType: String, Sendable, CaseIterable {
        /// float32 for a float32 model, else bfloat16.
        case auto
        /// binary32
        case float32
        /// bfloat16
        case bfloat16
        /// binary16
        case float16
        /// Signed bytes with a float32 scale for each token and head: about half of bfloat16's memory, less exact.
        case int8
    }

    /// The weights' type; `bfloat16` rounds the inputs of their products to it too, `auto` does not.
    public var dtype: DataType = .auto
    /// What the layers' matrices are quantized to while loading; `nil` for as they are stored.
    public var quantization: QuantizedType?
    /// The scheme by which the checkpoint must be quantized, such as `gptq`; `nil` for any or none.
    public var requiredScheme: String?
    /// What the output matrix is quantized to where the layers are.
    public var outputQuantization: OutputQuantization = .automatic
    /// Modules that are not quantized, `*` standing for any text: `model.layers.0.*`, `*.down_proj`.
    public var quantizationIgnore: [String] = []
    /// The folder where quantized weights are kept for the next start; `nil` for nowhere.
    public var weightCacheFolder: String?
    /// Whether weights are moved from the pages of their files into huge pages once the model serves.
    public var usesHugePages = true
    /// The cache's type.
    public var kvCacheDType: KVCacheDataType = .auto
    /// The longest sequence in tokens; `nil` is the model's, or what fits.
    public var maxModelLength: Int?
    /// The most sequences that run at once.
    public var maxSequences = 128
    /// The most tokens of one step; `nil` chooses.
    public var maxBatchedTokens: Int?
    /// The most requests that wait.
    public var maxWaitingRequests = 1024
    /// Most prompt tokens of requests that wait, `nil` for any number; one more request is refused.
    public var maxWaitingTokens: Int?
    /// In which order requests that wait are taken.
    public var schedulingPolicy = SchedulingPolicy.fcfs
    /// The number of tokens of a cache block.
    public var blockSize = 16
    /// The share of the machine's memory that may be used, in (0, 1].
    public var memoryUtilization = 0.9
    /// The size of the cache in bytes; `nil` chooses.
    public var kvCacheByteCount: Int?
    /// Whether prompts find the cache blocks of earlier ones.
    public var isPrefixCachingEnabled = true
    /// The number of compute threads; `nil` is one for each usable core.
    public var threadCount: Int?
    /// Keys the draws of requests without a seed; `nil` is fresh at each start.
    public var seed: UInt64?
    /// A chat template's text, in place of the model's.
    public var chatTemplate: String?
    /// Variables of the chat template, which requests may change.
    public var chatTemplateVariables = JSONObject()
    /// How templates get message content: `auto`, `string` or `openai` (a list of parts).
    public var chatTemplateContentFormat = "auto"
    /// Where sampling defaults come from: `auto` (the model folder), `vllm` (none), or a folder.
    public var generationConfig = "auto"
    /// Replaces single values of the generation configuration.
    public var generationConfigOverrides = JSONObject()
    /// The folder of the tokenizer; `nil` is the model's.
    public var tokenizerFolder: String?

    /// The defaults.
    public init() {}
}
