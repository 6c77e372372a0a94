/// The number of a token in a model's vocabulary.
///
/// A distinct type, so that it cannot be confused with positions, slots and counts; it costs nothing.
public struct TokenID: Hashable, Comparable, Sendable, BitwiseCopyable, RawRepresentable {
    /// The number itself, 0 or greater for every token that exists.
    public let rawValue: Int32

    /// The token of that number.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The token of that number.
    public init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The token of that number, or `nil` when it is negative or beyond 32 bits.
    public init?(exactly value: Int) {
        guard value >= 0, let rawValue = Int32(exactly: value) else { return nil }
        self.rawValue = rawValue
    }

    /// The number as an index into a row of the vocabulary's size.
    public var index: Int { Int(rawValue) }

    /// Whether the left token has the smaller number.
    public static func < (left: TokenID, right: TokenID) -> Bool { left.rawValue < right.rawValue }
}

extension TokenID: ExpressibleByIntegerLiteral {
    /// The token of that number.
    public init(integerLiteral value: Int32) {
        self.rawValue = value
    }
}

extension TokenID: CustomStringConvertible {
    /// The number in decimal.
    public var description: String { String(rawValue) }
}
