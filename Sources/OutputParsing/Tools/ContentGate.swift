/// Decides what of the text around calls is shown, as it comes.
///
/// White space is held back only where it is shown or not depending on what follows.
struct ContentGate: Sendable {
    private let surroundingText: ToolFormat.SurroundingText
    private let dropsEverything: Bool
    private var blanks: [UInt8] = []
    private var hasCalls = false
    /// Whether there was text other than white space.
    private(set) var hasText = false

    /// A gate before any text.
    ///
    /// - Parameters:
    ///   - surroundingText: what the format says about text around calls.
    ///   - dropsEverything: whether there is to be no content, since calls were demanded.
    init(_ surroundingText: ToolFormat.SurroundingText, dropsEverything: Bool) {
        self.surroundingText = surroundingText
        self.dropsEverything = dropsEverything
    }

    /// Whether there was a call.
    var isBehindCall: Bool { hasCalls }

    /// Takes text outside calls.
    ///
    /// - Returns: what of it, and of text before it, is to be shown now.
    mutating func append(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard !text.isEmpty else { return [] }
        let hadText = hasText
        if !hasText { hasText = text.contains { !$0.isBlank } }
        if dropsEverything { return [] }
        switch surroundingText {
        case .leading:
            if hasCalls { return [] }
            blanks += text
            if !hasText { return [] }
            defer { blanks = [] }
            return blanks
        case .trimmed:
            let kept = text.count - text.reversed().prefix { $0.isBlank }.count
            if kept == 0 {
                blanks += text
                return []
            }
            let lead = hasCalls && !hadText ? text.prefix(kept).drop { $0.isBlank } : blanks + text.prefix(kept)
            blanks = Array(text.dropFirst(kept))
            return Array(lead)
        }
    }

    /// Takes note of a call.
    mutating func noteCall() {
        hasCalls = true
        if surroundingText == .leading || !hasText { blanks = [] }
    }

    /// Ends the text.
    ///
    /// - Returns: white space that is to be shown after all.
    mutating func finish() -> [UInt8] {
        defer { blanks = [] }
        return hasCalls ? [] : blanks
    }
}
