import MartletCheckpoints
import MartletJSON

/// The sizes that a model's embeddings may be cut to.
package struct EmbeddingDimensions: Sendable, Hashable {
    /// The size of a whole embedding.
    package let width: Int
    /// Whether the model was trained such that beginnings of its embeddings are embeddings.
    package let isMatryoshka: Bool
    /// The only sizes allowed; empty for all.
    package let allowed: [Int]

    /// Reads `is_matryoshka` and `matryoshka_dimensions` of `config.json`.
    init(folder: ModelFolder, width: Int) {
        self.width = width
        allowed = (folder.configuration["matryoshka_dimensions"]?.array ?? []).compactMap(\.integer)
        isMatryoshka = folder.configuration["is_matryoshka"]?.bool ?? !allowed.isEmpty
    }

    /// Whether embeddings may have that size.
    package func allows(_ count: Int) -> Bool {
        guard isMatryoshka, count >= 1, count <= width else { return false }
        return allowed.isEmpty || allowed.contains(count)
    }
}
