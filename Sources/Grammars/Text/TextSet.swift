/// A regular set of texts in which the usual cases, none and all, cost nothing.
enum TextSet: Sendable, Hashable {
    /// No text.
    case none
    /// Every text of the kind that is spoken of.
    case all
    /// The texts of an automaton.
    case some(TextAutomaton)

    /// The texts of an automaton that may be empty.
    init(_ texts: TextAutomaton) { self = texts.isEmpty ? .none : .some(texts) }

    /// Whether no text is in the set.
    var isEmpty: Bool { self == .none }

    /// The texts that are in both sets.
    func intersection(_ other: TextSet, limits: GrammarLimits) throws(GrammarError) -> TextSet {
        switch (self, other) {
        case (.none, _), (_, .none): .none
        case (.all, let set), (let set, .all): set
        case (.some(let left), .some(let right)):
            left == right ? self : TextSet(try left.combined(.intersection, right, limits: limits))
        }
    }

    /// The texts that are in either set.
    func union(_ other: TextSet, limits: GrammarLimits) throws(GrammarError) -> TextSet {
        switch (self, other) {
        case (.all, _), (_, .all): .all
        case (.none, let set), (let set, .none): set
        case (.some(let left), .some(let right)):
            left == right ? self : TextSet(try left.combined(.union, right, limits: limits))
        }
    }

    /// The texts of `universe` that are not in the set.
    func complement(in universe: TextAutomaton, limits: GrammarLimits) throws(GrammarError) -> TextSet {
        switch self {
        case .none: .all
        case .all: .none
        case .some(let texts): TextSet(try universe.combined(.difference, texts, limits: limits))
        }
    }

    /// Whether the text is in the set.
    func contains(_ text: String) -> Bool {
        switch self {
        case .none: false
        case .all: true
        case .some(let texts): texts.contains(text)
        }
    }
}
