/// Changes of a row of logits that can be taken back: choices may share a row, and log-probabilities are of the raw one.
struct RowEdits {
    private var changes: [(index: Int, value: Float)] = []
    /// The whole row, where most of it has changed.
    private var original: [Float]?

    /// Sets one element.
    mutating func set(_ row: inout MutableSpan<Float>, _ index: Int, _ value: Float) {
        if original == nil { changes.append((index, row[index])) }
        row[index] = value
    }

    /// Sets all elements to −∞ but those at some indices.
    ///
    /// - Complexity: O(row), twice.
    mutating func keepOnly(_ row: inout MutableSpan<Float>, _ indices: [Int32]) {
        if original == nil { original = unsafe row.span.withUnsafeBufferPointer { unsafe Array($0) } }
        let kept = indices.map { row[Int($0)] }
        row.update(repeating: -.infinity)
        for (index, value) in zip(indices, kept) { row[Int(index)] = value }
    }

    /// Sets all elements to −∞ but those whose bit is set: bit `index % 64` of word `index / 64`.
    ///
    /// - Complexity: O(row), twice.
    mutating func keepOnly(_ row: inout MutableSpan<Float>, mask: [UInt64]) {
        if original == nil { original = unsafe row.span.withUnsafeBufferPointer { unsafe Array($0) } }
        for (place, word) in mask.enumerated() where word != .max {
            let start = place * 64
            for index in start..<min(start + 64, row.count) where word >> UInt64(index - start) & 1 == 0 {
                row[index] = -.infinity
            }
        }
        for index in min(mask.count * 64, row.count)..<row.count { row[index] = -.infinity }
    }

    /// Takes all changes back.
    consuming func undo(_ row: inout MutableSpan<Float>) {
        if let original {
            for index in original.indices { row[index] = original[index] }
        }
        // what was changed before the whole row was kept
        for change in changes.reversed() { row[change.index] = change.value }
    }
}
