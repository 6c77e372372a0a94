import MartletCheckpoints
import MartletJSON

/// The name of a class of `transformers` in its two parts: the family, and what the class adds to its model.
struct ArchitectureName: Sendable, Hashable {
    /// What a class adds to the bare model.
    enum Head: String, Sendable, Hashable, CaseIterable {
        /// Scores of a sequence.
        case classifier = "ForSequenceClassification"
        /// Words for masked tokens; not used.
        case maskedWords = "ForMaskedLM"
        /// The next token.
        case nextToken = "ForCausalLM"
        /// Nothing.
        case none = "Model"
    }

    /// The family: `Bert`, `Qwen3`; `nil` where the configuration names no class.
    let stem: String?
    /// What the class adds; `nil` for anything else than the known heads.
    let head: Head?

    /// The decoder of `ModelRegistry` that a class is made of, `nil` where there is none.
    var decoder: String? {
        guard let stem, let head, head == .none || head == .classifier || head == .nextToken else { return nil }
        let name = stem + Head.nextToken.rawValue
        return ModelRegistry.names.contains(name) ? name : nil
    }

    /// The first of a folder's `architectures`.
    init(folder: ModelFolder) {
        guard let name = folder.configuration["architectures"]?.array?.first?.string else {
            (stem, head) = (nil, Head.none)
            return
        }
        guard let head = Head.allCases.first(where: { name.hasSuffix($0.rawValue) }) else {
            (stem, self.head) = (name, nil)
            return
        }
        self.head = head
        stem = String(name.dropLast(head.rawValue.count))
    }
}
