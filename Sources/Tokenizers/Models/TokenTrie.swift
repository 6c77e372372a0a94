/// The tokens of a vocabulary as a tree of bytes, to find all those with which a text begins.
///
/// Edges are one hash table: node and byte → child.
struct TokenTrie: Sendable {
    /// The most nodes that an edge's 32-bit key can tell apart.
    private static let nodeLimit = 1 << 24

    private var slots = [UInt64](repeating: .max, count: 1024)
    private var mask = 1023
    private var tokens: [Int32] = [-1]

    /// The tree of all tokens.
    init(_ vocabulary: Vocabulary) throws(TokenizerError) {
        for id in 0..<Int32(vocabulary.upperBound) {
            guard let token = vocabulary.token(id), vocabulary.id(token.span) == id else { continue }
            var node: UInt32 = 0
            for byte in token { node = child(of: node, byte) ?? insert(node, byte) }
            guard tokens.count < Self.nodeLimit else {
                throw .invalidField(
                    path: "model.vocab",
                    expected: "tokens of fewer than \(Self.nodeLimit) bytes in all"
                )
            }
            tokens[Int(node)] = id
        }
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
        while slots[slot] != .max, slots[slot] >> 32 != key { slot = (slot + 1) & mask }
        return slot
    }

    @inline(__always)
    private func child(of node: UInt32, _ byte: UInt8) -> UInt32? {
        let entry = slots[slot(UInt64(node) << 8 | UInt64(byte))]
        return entry == .max ? nil : UInt32(truncatingIfNeeded: entry)
    }

    private mutating func insert(_ node: UInt32, _ byte: UInt8) -> UInt32 {
        if tokens.count > slots.count / 2 { grow() }
        let child = UInt32(tokens.count)
        let key = UInt64(node) << 8 | UInt64(byte)
        slots[slot(key)] = key << 32 | UInt64(child)
        tokens.append(-1)
        return child
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: .max, count: old.count * 2)
        mask = slots.count - 1
        for entry in old where entry != .max { slots[slot(entry >> 32)] = entry }
    }

    /// Calls back with every token that begins at the position, shortest first, and where it ends.
    @inline(__always)
    func forEachPrefix(of bytes: [UInt8], _ range: Range<Int>, _ body: (_ id: Int32, _ end: Int) -> Void) {
        var node: UInt32 = 0
        var position = range.lowerBound
        while position < range.upperBound, let next = child(of: node, bytes[position]) {
            node = next
            position += 1
            let id = tokens[Int(node)]
            if id >= 0 { body(id, position) }
        }
    }
}
