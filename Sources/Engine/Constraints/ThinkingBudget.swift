package import MartletTokenizers

/// How long a completion may think before its end of thinking is written for it.
package struct ThinkingBudget: Sendable {
    /// The most tokens between the markers.
    package var tokenCount: Int
    /// The tokens that begin thinking.
    package var opening: [TokenID]
    /// The tokens that end it.
    package var closing: [TokenID]
    /// Whether the prompt ends inside the thinking.
    package var isOpen: Bool

    /// A budget.
    package init(tokenCount: Int, opening: [TokenID], closing: [TokenID], isOpen: Bool) {
        self.tokenCount = tokenCount
        self.opening = opening
        self.closing = closing
        self.isOpen = isOpen
    }
}

/// How far a completion's thinking has come.
struct ThinkingState {
    private let limit: Int
    private let opening: [Int32]
    private let closing: [Int32]
    private var isOpen: Bool
    private var count = 0
    /// The next of the closing tokens that are written for the completion; `nil` while it thinks freely.
    private var forcedIndex: Int?
    private var recent: [Int32] = []

    init(_ budget: ThinkingBudget) {
        limit = budget.tokenCount
        opening = budget.opening.map(\.rawValue)
        closing = budget.closing.map(\.rawValue)
        isOpen = budget.isOpen
        forceIfSpent()
    }

    /// The token that must come next.
    var forcedToken: Int32? { forcedIndex.map { closing[$0] } }

    /// Takes a generated token.
    mutating func record(_ token: Int32) {
        if let index = forcedIndex {
            if index + 1 < closing.count { forcedIndex = index + 1 } else { close() }
            return
        }
        recent.append(token)
        if recent.count > max(opening.count, closing.count) { recent.removeFirst() }
        if !opening.isEmpty, recent.suffix(opening.count).elementsEqual(opening) {
            isOpen = true
            count = 0
        } else if isOpen, recent.suffix(closing.count).elementsEqual(closing) {
            close()
        } else if isOpen {
            count += 1
        }
        forceIfSpent()
    }

    private mutating func close() {
        isOpen = false
        forcedIndex = nil
        recent = []
    }

    private mutating func forceIfSpent() {
        if isOpen, count >= limit, !closing.isEmpty { forcedIndex = 0 }
    }
}
