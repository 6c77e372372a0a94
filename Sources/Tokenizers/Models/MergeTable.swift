/// The merge rules of byte-pair encoding: pair of tokens → rank, by open addressing, and rank → merged token.
struct MergeTable: Sendable {
    /// The rank of a pair without a rule.
    static let none = UInt32.max

    /// One place of the hash table.
    private struct Slot {
        /// The left token's number; -1 in an empty slot.
        var left: Int32 = -1
        var right: Int32 = -1
        var rank = MergeTable.none
    }

    private var slots: [Slot]
    private let mask: Int
    /// Per rank, what the pair becomes.
    private var results: [Int32] = []

    /// No rules yet, with room for so many.
    init(capacity: Int) {
        var size = 16
        while size / 3 * 2 < capacity { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        mask = size - 1
        results.reserveCapacity(capacity)
    }

    /// Adds a rule, whose rank is the number of rules before it; of two for one pair the last stays.
    ///
    /// - Precondition: at most `capacity` rules are added, of tokens that exist.
    mutating func append(_ left: Int32, _ right: Int32, id: Int32) {
        var slot = Self.hash(left, right) & mask
        while slots[slot].left >= 0, slots[slot].left != left || slots[slot].right != right { slot = (slot + 1) & mask }
        slots[slot] = Slot(left: left, right: right, rank: UInt32(results.count))
        results.append(id)
    }

    /// The rank of a pair, `none` where there is no rule.
    @inline(__always)
    func rank(_ left: Int32, _ right: Int32) -> UInt32 {
        var slot = Self.hash(left, right) & mask
        while true {
            let entry = slots[slot]
            if entry.left == left, entry.right == right { return entry.rank }
            if entry.left < 0 { return Self.none }
            slot = (slot + 1) & mask
        }
    }

    /// What the pair with this rank becomes.
    @inline(__always)
    func result(_ rank: UInt32) -> Int32 { results[Int(rank)] }

    @inline(__always)
    private static func hash(_ left: Int32, _ right: Int32) -> Int {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        let mixed = (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 20)
    }
}
