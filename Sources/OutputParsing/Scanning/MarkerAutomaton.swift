/// Finds markers in bytes: the Aho–Corasick automaton of a list of texts, as a table of next states.
///
/// - Complexity: one table look-up per byte.
struct MarkerAutomaton: Sendable {
    /// The texts that are found.
    let markers: [String]
    private var next: [Int16] = Array(repeating: 0, count: 256)
    private var depths: [Int16] = [0]
    private var matches: [Int16] = [-1]
    private var isLeaf: [Bool] = [true]

    /// The automaton of some markers; equal ones count once, empty ones not at all.
    ///
    /// - Precondition: the markers have less than 32,768 bytes in all.
    init(_ markers: [String]) {
        self.markers = markers
        for (index, marker) in markers.enumerated() where !marker.isEmpty { insert(Array(marker.utf8), index) }
        link()
    }

    /// The state after a byte; 0 is the state in which nothing has begun.
    func next(_ state: Int, _ byte: UInt8) -> Int { Int(next[state << 8 | Int(byte)]) }

    /// The longest marker that ends here, as its place in the list.
    func match(at state: Int) -> Int? { matches[state] >= 0 ? Int(matches[state]) : nil }

    /// How many of the last bytes begin a marker.
    func depth(of state: Int) -> Int { Int(depths[state]) }

    /// Whether no longer marker begins with what has been read.
    func isLeaf(_ state: Int) -> Bool { isLeaf[state] }

    private mutating func insert(_ bytes: [UInt8], _ index: Int) {
        var state = 0
        for byte in bytes {
            let slot = state << 8 | Int(byte)
            if next[slot] == 0 {
                isLeaf[state] = false
                next[slot] = Int16(depths.count)
                depths.append(depths[state] + 1)
                matches.append(-1)
                isLeaf.append(true)
                next.append(contentsOf: repeatElement(0, count: 256))
            }
            state = Int(next[slot])
        }
        if matches[state] < 0 { matches[state] = Int16(index) }
    }

    /// Fills in where to go on a byte that no marker continues with, breadth first.
    private mutating func link() {
        var failures = Array(repeating: 0, count: depths.count)
        var queue: [Int] = []
        for byte in 0..<256 where next[byte] != 0 { queue.append(Int(next[byte])) }
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            let failure = failures[state]
            if matches[state] < 0 { matches[state] = matches[failure] }
            for byte in 0..<256 {
                let target = Int(next[state << 8 | byte])
                if target == 0 {
                    next[state << 8 | byte] = next[failure << 8 | byte]
                } else {
                    failures[target] = Int(next[failure << 8 | byte])
                    queue.append(target)
                }
            }
        }
    }
}
