/// Sorted ranges of code points, from one of the generated tables.
struct ScalarRanges: Sendable {
    private var starts: [UInt32] = []
    private var ends: [UInt32] = []

    /// The ranges of a table: per range the step from the end of the one before, and the length less one; base 36.
    init(_ table: some StringProtocol) {
        var last: UInt32 = 0
        for entry in table.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
            let parts = entry.split(separator: UInt8(ascii: ":"))
            let start = last + Self.number(parts.first ?? entry)
            last = start + (parts.count > 1 ? Self.number(parts[1]) : 0)
            starts.append(start)
            ends.append(last)
        }
    }

    private static func number(_ digits: some Sequence<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 * 36 + UInt32(base36Value($1) ?? 0) }
    }

    /// The ranges in order.
    var ranges: [ClosedRange<UInt32>] { starts.indices.map { starts[$0]...ends[$0] } }

    /// Whether the code point lies in one of them.
    ///
    /// - Complexity: O(log ranges).
    func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle + 1 } else { high = middle }
        }
        return low > 0 && scalar <= ends[low - 1]
    }
}
