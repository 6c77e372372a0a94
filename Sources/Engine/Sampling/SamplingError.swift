/// Why no token can be chosen.
package enum SamplingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// All tokens are forbidden together.
    case noTokenLeft
    /// The model's logits are not numbers.
    case logitsNotFinite

    /// One sentence.
    package var description: String {
        switch self {
        case .noTokenLeft: "the request's sampling parameters together forbid every token"
        case .logitsNotFinite: "the model computed logits that are not finite"
        }
    }
}
