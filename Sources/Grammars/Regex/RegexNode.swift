import MartletTokenizers

/// A regular expression as a tree.
///
/// `indirect`, so that a tree's size is that of its text.
indirect enum RegexNode: Sendable, Hashable {
    /// The empty text.
    case empty
    /// One scalar of the set.
    case scalars(ScalarRanges)
    /// Parts one after the other.
    case sequence([RegexNode])
    /// One of several.
    case choice([RegexNode])
    /// A part so many times.
    case repetition(RegexNode, minimum: Int, maximum: Int?)
    /// A place in the text.
    case assertion(RegexAssertion)

    /// The scalars of a text in order.
    static func literal(_ text: String) -> RegexNode {
        .sequence(text.unicodeScalars.map { .scalars(ScalarRanges($0.value)) })
    }
}

/// A condition on a place in a text that takes no characters.
enum RegexAssertion: Sendable, Hashable {
    /// The text's beginning.
    case textStart
    /// The text's end.
    case textEnd
    /// The beginning of a line.
    case lineStart
    /// The end of a line.
    case lineEnd
    /// Between a word's character and another.
    case wordBoundary
    /// Not between a word's character and another.
    case notWordBoundary
}

/// What stands beside a place in a text, as far as assertions ask.
enum RegexNeighbour: Int, Sendable, Hashable {
    /// The text begins or ends here.
    case edge
    /// A line feed.
    case newline
    /// A letter, digit or underscore.
    case word
    /// Any other character.
    case other
}

extension RegexAssertion {
    /// Whether the condition holds between two neighbours.
    func holds(before: RegexNeighbour, after: RegexNeighbour) -> Bool {
        switch self {
        case .textStart: before == .edge
        case .textEnd: after == .edge
        case .lineStart: before == .edge || before == .newline
        case .lineEnd: after == .edge || after == .newline
        case .wordBoundary: (before == .word) != (after == .word)
        case .notWordBoundary: (before == .word) == (after == .word)
        }
    }
}
