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

    private let slots: [Slot]
    private let mask: Int
    /// Per rank, what the pair becomes.
    private let results: [Int32]

    /// The rules in any order; of two for one pair the last stays.
    ///
    /// - Parameters:
    ///   - rules: pairs of tokens that exist, each with a rank below the number of results.
    ///   - results: per rank, what the pairs with this rank become.
    init(_ rules: [MergeRule], results: [Int32]) {
        var size = 16
        while size / 3 * 2 < rules.count { size *= 2 }
        var slots = [Slot](repeating: Slot(), count: size)
        let mask = size - 1
        var span = slots.mutableSpan
        for rule in rules {
            var slot = Self.hash(rule.left, rule.right) & mask
            while span[slot].left >= 0, span[slot].left != rule.left || span[slot].right != rule.right {
                slot = (slot + 1) & mask
            }
            span[slot] = Slot(left: rule.left, right: rule.right, rank: rule.rank)
        }
        self.slots = slots
        self.mask = mask
        self.results = results
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

/// A rule: two tokens next to each other become one, before all pairs of a higher rank.
struct MergeRule {
    var left: Int32
    var right: Int32
    var rank: UInt32
}
