/// The merge rules of byte-pair encoding: pair of tokens → rank and merged token, by open addressing.
struct MergeTable: Sendable {
    /// A rule's place in the list, and what the pair becomes.
    struct Merge: Sendable {
        let rank: UInt32
        let id: Int32
    }

    /// One place of the hash table.
    private struct Slot {
        var key: UInt64 = .max
        var merge = Merge(rank: 0, id: 0)
    }

    private var slots: [Slot]
    private let mask: Int

    /// No rules yet, with room for so many.
    init(capacity: Int) {
        var size = 16
        while size / 3 * 2 < capacity { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        mask = size - 1
    }

    /// Adds a rule; of two for one pair the last stays.
    ///
    /// - Precondition: at most `capacity` rules are added.
    mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32, id: Int32) {
        let key = Self.key(left, right)
        var slot = Self.hash(key) & mask
        while slots[slot].key != .max, slots[slot].key != key { slot = (slot + 1) & mask }
        slots[slot] = Slot(key: key, merge: Merge(rank: rank, id: id))
    }

    /// The rule for a pair.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge? {
        let key = Self.key(left, right)
        var slot = Self.hash(key) & mask
        while slots[slot].key != .max {
            if slots[slot].key == key { return slots[slot].merge }
            slot = (slot + 1) & mask
        }
        return nil
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private static func hash(_ key: UInt64) -> Int {
        let mixed = (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 20)
    }
}
