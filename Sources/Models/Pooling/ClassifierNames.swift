import MartletCheckpoints

/// How a family's sequence classifiers are made, and what their tensors are called.
struct ClassifierNames: Sendable {
    /// A step before the output projection.
    enum Stage: Sendable {
        /// A square projection; `isInModel` where its name stands behind the model's prefix.
        case linear(String, isInModel: Bool, hasBias: Bool)
        /// A normalization.
        case norm(String)
        /// A function of each element.
        case function(PooledFunction)
    }

    /// How tokens become one vector, as `config.json` says.
    let pooling: @Sendable (inout ConfigReader) -> PoolingMode
    /// The steps before the output projection.
    let stages: @Sendable (inout ConfigReader) -> [Stage]
    /// The output projection `[labels, hiddenSize]`.
    let output: String
}
