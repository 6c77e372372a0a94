/// When a completion that repeats itself ends.
package struct RepetitionLimit: Sendable, Hashable {
    /// The lengths of the patterns looked for, in tokens; at least 1.
    package var patternSizes: ClosedRange<Int>
    /// How often a pattern stands behind itself, at least 2.
    package var count: Int

    /// A limit.
    package init(patternSizes: ClosedRange<Int>, count: Int) {
        self.patternSizes = patternSizes
        self.count = count
    }

    /// Whether a completion ends in a pattern that often.
    ///
    /// - Complexity: O(longest pattern × count); a size whose pattern does not fit is left at its first difference.
    func isReached(by tokens: ArraySlice<Int32>) -> Bool {
        for size in patternSizes {
            let length = size * count
            guard length <= tokens.count else { return false }
            let end = tokens.endIndex
            var index = end - 1
            while index >= end - length + size, tokens[index] == tokens[index - size] { index -= 1 }
            if index < end - length + size { return true }
        }
        return false
    }
}
