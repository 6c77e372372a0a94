/// How the vectors of a sequence's tokens become one.
package enum PoolingMode: String, Sendable, Hashable, CaseIterable {
    /// The first token's.
    case cls
    /// The last token's.
    case last
    /// The mean.
    case mean
    /// The sum divided by the square root of the number of tokens.
    case meanSqrtLength = "mean_sqrt_len_tokens"
    /// The greatest of each element.
    case max
    /// The mean with the weights 1, 2, 3, … in the order of the tokens.
    case weightedMean = "weightedmean"

    /// The mode of that name in sentence-transformers or in `--pooler-config`, in any case.
    package init?(name: String) {
        switch name.lowercased() {
        case "lasttoken", "last": self = .last
        case "mean_tokens", "average": self = .mean
        case let name:
            guard let mode = Self(rawValue: name) else { return nil }
            self = mode
        }
    }

    /// The names, for messages.
    package static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
