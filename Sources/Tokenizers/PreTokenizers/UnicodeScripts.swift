/// Cuts text where the script changes; Japanese is one script.
struct UnicodeScripts: Sendable {
    /// Script 0 joins any other.
    private static let any: UInt8 = 0
    private static let shared = UnicodeScripts()

    private var starts: [UInt32] = []
    private var ends: [UInt32] = []
    private var scripts: [UInt8] = []

    private init() {
        var entries: [(ClosedRange<UInt32>, UInt8)] = []
        for (index, table) in SplitterScriptTable.scripts.split(separator: "/").enumerated() {
            entries += ScalarRanges(table).ranges.map { ($0, UInt8(truncatingIfNeeded: index + 1)) }
        }
        entries.sort { $0.0.lowerBound < $1.0.lowerBound }
        starts = entries.map(\.0.lowerBound)
        ends = entries.map(\.0.upperBound)
        scripts = entries.map(\.1)
    }

    private func script(_ scalar: UInt32) -> UInt8 {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle + 1 } else { high = middle }
        }
        return low > 0 && scalar <= ends[low - 1] ? scripts[low - 1] : Self.any
    }

    /// Calls back with the stretches of one script; what comes before the first code point that has one is in none.
    static func forEachPiece(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>, Bool) -> Void) {
        var last = any
        var start: Int?
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = decodeScalar(bytes, position)
            let script = shared.script(scalar)
            if script != any {
                if script != last {
                    if let start { body(start..<position, true) }
                    start = position
                }
                last = script
            }
            position += length
        }
        if let start { body(start..<range.upperBound, true) }
    }
}
