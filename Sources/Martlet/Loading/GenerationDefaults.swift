package import FoundationEssentials
package import MartletJSON
package import MartletTokenizers

/// What a model's folder says about sampling: used where a request is silent.
package struct GenerationDefaults: Sendable, Hashable {
    /// Replaces 1.
    package var temperature: Float?
    /// Replaces 1.
    package var topP: Float?
    /// Replaces 0.
    package var topK: Int?
    /// Replaces 0.
    package var minP: Float?
    /// Replaces 1.
    package var repetitionPenalty: Float?
    /// Replaces 0.
    package var presencePenalty: Float?
    /// Replaces 0.
    package var frequencyPenalty: Float?
    /// The most new tokens of a request that names none.
    package var maxNewTokens: Int?
    /// Whether `maxNewTokens` also bounds requests that name more.
    package var isMaxNewTokensCap = false
    /// Tokens that end a completion beside the tokenizer's end-of-sequence token.
    package var eosTokenIDs: [TokenID] = []

    /// No defaults.
    package init() {}

    /// Reads `generation_config.json` and applies overrides.
    ///
    /// - Parameters:
    ///   - source: `auto` (the model folder), `vllm` (nothing), or a folder.
    ///   - modelFolder: where `auto` looks; a missing file there means no defaults.
    ///   - builtIn: what a model that is a single file says itself.
    ///   - overrides: values that replace the file's.
    /// - Throws: `LoadError.generationConfig` naming the file and field.
    package init(
        source: String,
        modelFolder: URL,
        builtIn: JSONObject? = nil,
        overrides: JSONObject
    ) throws(LoadError) {
        let folder = source == "auto" ? modelFolder : URL(filePath: source)
        if source == "auto", let builtIn {
            try apply(builtIn, name: modelFolder.path)
        } else if source != "vllm" {
            let file = folder.appending(path: "generation_config.json")
            if FileManager.default.fileExists(atPath: file.path) {
                try apply(try Self.object(file), name: file.path)
            } else if source != "auto" {
                throw .generationConfig("\(folder.path) has no generation_config.json")
            }
        }
        isMaxNewTokensCap = source != "auto" && maxNewTokens != nil
        try apply(overrides, name: "--override-generation-config")
        if overrides["max_new_tokens"] != nil { isMaxNewTokensCap = true }
    }

    private static func object(_ file: URL) throws(LoadError) -> JSONObject {
        guard let data = try? Data(contentsOf: file) else { throw .generationConfig("\(file.path) cannot be read") }
        do {
            guard let object = try JSONParser.parse(Array(data)).object else {
                throw LoadError.generationConfig("\(file.path) does not hold a JSON object")
            }
            return object
        } catch let error as JSONError {
            throw .generationConfig("\(file.path): \(error)")
        } catch {
            throw .generationConfig("\(file.path): \(error)")
        }
    }

    private mutating func apply(_ object: JSONObject, name: String) throws(LoadError) {
        try Self.read(object, "temperature", name, into: &temperature)
        try Self.read(object, "top_p", name, into: &topP)
        try Self.read(object, "min_p", name, into: &minP)
        try Self.read(object, "repetition_penalty", name, into: &repetitionPenalty)
        try Self.read(object, "presence_penalty", name, into: &presencePenalty)
        try Self.read(object, "frequency_penalty", name, into: &frequencyPenalty)
        try Self.read(object, "top_k", name, into: &topK)
        try Self.read(object, "max_new_tokens", name, into: &maxNewTokens)
        switch object["eos_token_id"] {
        case nil, .some(.null): break
        case .some(let value):
            let values = value.array ?? [value]
            let ids = values.compactMap { $0.integer }.compactMap { Int32(exactly: $0) }
            guard ids.count == values.count else {
                throw .generationConfig("\(name): eos_token_id is neither a token id nor a list of them")
            }
            eosTokenIDs = ids.map { TokenID($0) }
        }
    }

    private static func read(
        _ object: JSONObject,
        _ key: String,
        _ name: String,
        into field: inout Float?
    ) throws(LoadError) {
        guard let value = object[key], !value.isNull else { return }
        guard let number = value.double, number.isFinite else {
            throw .generationConfig("\(name): \(key) is not a number")
        }
        field = Float(number)
    }

    private static func read(
        _ object: JSONObject,
        _ key: String,
        _ name: String,
        into field: inout Int?
    ) throws(LoadError) {
        guard let value = object[key], !value.isNull else { return }
        guard let number = value.integer else { throw .generationConfig("\(name): \(key) is not an integer") }
        field = number
    }
}
