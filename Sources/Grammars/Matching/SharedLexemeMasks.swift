import Synchronization

/// Masks of lexemes that many grammars have, such as JSON strings and the commas between values, kept per vocabulary.
final class SharedLexemeMasks: Sendable {
    /// A state of a lexeme, in a form that no machine's numbers enter.
    struct Key: Hashable {
        /// The lexeme, as `number(of:)` gives it.
        var lexeme: Int
        /// The state of its texts.
        var text: Int32
        /// How far the bytes have come.
        var phase: LexemeMachine.Phase
        /// Whether nothing follows the lexeme.
        var isLast: Bool
    }

    private struct Table {
        var numbers: [Lexeme: Int] = [:]
        var masks: [Key: LexemeMask] = [:]
    }

    /// The most transitions of a lexeme that is kept.
    private static let sizeLimit = 4_000
    /// The most lexemes that are kept.
    private static let lexemeLimit = 256
    /// The most masks that are kept.
    private static let maskLimit = 1_024

    private let table = Mutex(Table())

    /// The number of a lexeme here; `nil` when its masks are not kept.
    func number(of lexeme: Lexeme) -> Int? {
        var lexeme = lexeme
        lexeme.role = .none
        guard lexeme.texts.stateCount * lexeme.texts.classCount <= Self.sizeLimit else { return nil }
        return table.withLock { table in
            if let known = table.numbers[lexeme] { return known }
            guard table.numbers.count < Self.lexemeLimit else { return nil }
            table.numbers[lexeme] = table.numbers.count
            return table.numbers.count - 1
        }
    }

    /// The mask of a state, if it is known.
    func mask(_ key: Key) -> LexemeMask? { table.withLock { $0.masks[key] } }

    /// Keeps a mask.
    func keep(_ mask: LexemeMask, _ key: Key) {
        table.withLock { table in
            if table.masks.count < Self.maskLimit { table.masks[key] = mask }
        }
    }
}
