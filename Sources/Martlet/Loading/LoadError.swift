/// Why a model cannot be served.
public enum LoadError: Error, Sendable, CustomStringConvertible {
    /// It does not fit in memory: the table, and what would help.
    case memory(String, hint: String)
    /// An option has a value that cannot be.
    case option(name: String, value: String, reason: String)
    /// The model's files are missing, broken or not supported; the text says which and why.
    case model(String)
    /// The tokenizer's files are missing, broken or not supported.
    case tokenizer(String)
    /// The chat template does not compile.
    case chatTemplate(String)
    /// The generation configuration is missing or broken.
    case generationConfig(String)

    /// What was wrong, where, and what to do.
    public var description: String {
        switch self {
        case .memory(let table, let hint): "the model does not fit in memory:\n\(table)\n\(hint)"
        case .option(let name, let value, let reason): "\(name) \(value): \(reason)"
        case .model(let text): text
        case .tokenizer(let text): "tokenizer: \(text)"
        case .chatTemplate(let text): "chat template: \(text)"
        case .generationConfig(let text): "generation config: \(text)"
        }
    }
}
