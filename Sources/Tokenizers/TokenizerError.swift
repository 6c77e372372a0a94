public import MartletJSON

/// Why a tokenizer could not be loaded, or a text not be tokenized.
public enum TokenizerError: Error, Sendable, Hashable {
    /// The file cannot be read; the reason is the system's.
    case unreadableFile(path: String, reason: String)
    /// The file is larger than any tokenizer has reason to be.
    case fileTooLarge(path: String, byteCount: Int, limit: Int)
    /// The file is not JSON.
    case invalidJSON(file: String, error: JSONError)
    /// A file of another kind than JSON is not what it must be.
    case invalidModelFile(path: String, reason: String)
    /// A field that must be there is not; the path is dotted, as in `model.vocab`.
    case missingField(path: String)
    /// A field holds something else than it must.
    case invalidField(path: String, expected: String)
    /// A component kind that is not implemented, such as the model `Unigram`.
    case unsupportedComponent(kind: String, type: String)
    /// A setting of a component that is not implemented.
    case unsupportedSetting(path: String, value: String)
    /// A regular expression that is malformed or uses what is not implemented; the offset counts characters.
    case unsupportedPattern(pattern: String, offset: Int, reason: String)
    /// A regular expression whose matching takes too long on a text.
    case exhaustedPattern(pattern: String)
    /// A vocabulary entry whose number is negative or absurdly large.
    case invalidTokenID(token: String, id: Int)
    /// A merge rule that names a token outside the vocabulary; the index counts rules from 0.
    case unknownMergeToken(index: Int, token: String)
}

extension TokenizerError: CustomStringConvertible {
    /// One sentence: what was wrong and where.
    public var description: String {
        switch self {
        case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
        case .fileTooLarge(let path, let byteCount, let limit):
            "\(path) has \(byteCount) bytes, more than the \(limit) a tokenizer file may have"
        case .invalidJSON(let file, let error): "\(file) is not valid JSON: \(error)"
        case .invalidModelFile(let path, let reason): "\(path) cannot be read as a tokenizer: \(reason)"
        case .missingField(let path): "tokenizer.json: \(path) is missing"
        case .invalidField(let path, let expected): "tokenizer.json: \(path) must be \(expected)"
        case .unsupportedComponent(let kind, let type): "tokenizer.json: the \(kind) \"\(type)\" is not supported"
        case .unsupportedSetting(let path, let value): "tokenizer.json: \(path) = \(value) is not supported"
        case .unsupportedPattern(let pattern, let offset, let reason):
            "tokenizer.json: the pattern \"\(pattern)\" is not supported: \(reason) at character \(offset)"
        case .exhaustedPattern(let pattern):
            "the tokenizer's pattern \"\(pattern)\" takes too many steps on this text"
        case .invalidTokenID(let token, let id): "tokenizer.json: the token \"\(token)\" has the impossible id \(id)"
        case .unknownMergeToken(let index, let token):
            "tokenizer.json: model.merges[\(index)] needs the token \"\(token)\", which is not in the vocabulary"
        }
    }
}
