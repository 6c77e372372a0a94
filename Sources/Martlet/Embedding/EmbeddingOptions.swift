public import MartletJSON
package import MartletModels

/// How a model of embeddings or scores is loaded.
public struct EmbeddingOptions: Sendable {
    /// What a model is made into.
    public enum Task: String, Sendable, CaseIterable {
        /// Vectors of texts.
        case embed
        /// Scores of texts or of pairs.
        case classify
    }

    /// Types, limits and threads.
    public var model = ModelOptions()
    /// Whether a model that generates text is to give vectors.
    public var isWanted = false
    /// What the model is made into; `nil` for what its folder says.
    public var task: Task?
    /// What `--pooler-config` says: `{"pooling_type": "MEAN", "use_activation": false}`.
    public var poolerConfiguration = JSONObject()

    /// The defaults.
    public init() {}

    /// What the loader asks for.
    package func poolingOptions() throws(LoadError) -> PoolingOptions {
        var options = PoolingOptions(
            isWanted: isWanted,
            task: task.flatMap { PoolingOptions.Task(rawValue: $0.rawValue) }
        )
        do {
            try options.read(poolerConfiguration: poolerConfiguration)
        } catch {
            throw .model("\(error)")
        }
        return options
    }
}
