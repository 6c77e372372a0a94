/// Reads bytes up to the next marker, and holds back only what could still become one.
///
/// Of markers that begin at the same byte the longest is found; of others the one that ends first.
struct MarkerScanner: Sendable {
    /// What a byte led to.
    enum Step: Hashable {
        /// Nothing to act on.
        case more
        /// A marker, by its place in the automaton's list; that many of the last bytes lie behind it.
        case found(marker: Int, surplus: Int)
    }

    private(set) var state = 0
    private var candidate: (marker: Int, surplus: Int)?

    /// A scanner before the first byte.
    init() {}

    /// Takes a byte.
    ///
    /// - Returns: the marker that is certain with this byte; the scanner is then at its start again.
    mutating func consume(_ byte: UInt8, _ automaton: MarkerAutomaton) -> Step {
        let depth = automaton.depth(of: state)
        state = automaton.next(state, byte)
        if let candidate {
            if automaton.depth(of: state) != depth + 1 {
                self = MarkerScanner()
                return .found(marker: candidate.marker, surplus: candidate.surplus + 1)
            }
            self.candidate?.surplus += 1
        }
        guard let marker = automaton.match(at: state) else { return .more }
        if automaton.isLeaf(state) {
            self = MarkerScanner()
            return .found(marker: marker, surplus: 0)
        }
        candidate = (marker, 0)
        return .more
    }

    /// Ends the bytes: the marker that a longer one could have replaced.
    mutating func finish() -> Step {
        defer { self = MarkerScanner() }
        return candidate.map { .found(marker: $0.marker, surplus: $0.surplus) } ?? .more
    }

    /// How many of the last bytes may belong to a marker.
    func heldCount(_ automaton: MarkerAutomaton) -> Int { automaton.depth(of: state) }
}
