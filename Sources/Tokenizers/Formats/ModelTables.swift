/// The large tables of a model that come from elsewhere than a `tokenizer.json`.
struct ModelTables: Sendable {
    /// The tokens.
    var vocabulary: Vocabulary
    /// Per number, the token's score, where the model has scores.
    var scores: [Double] = []
    /// The merge rules, where the model has them.
    var merges: MergeTable?
}
