/// The tokens of a model: their bytes in one arena, found by number or by hash.
///
/// Numbers may have gaps. Tokens are compared by their bytes.
struct Vocabulary: Sendable {
    /// The largest number a token may have.
    static let maximumID = (1 << 24) - 1

    private var arena: [UInt8] = []
    /// Per token number, where its bytes begin and end; end is 0 for a number that no token has.
    private var starts: [UInt32] = []
    private var ends: [UInt32] = []
    /// Entries in order of the file: where the text lies, and its number.
    private var entryStarts: [UInt32] = []
    private var entryEnds: [UInt32] = []
    private var entryIDs: [Int32] = []
    /// Open addressing: entry + 1, or 0.
    private var slots: [UInt32] = []
    private var mask = 0

    /// The number of different tokens.
    var count: Int { entryIDs.count }

    /// One more than the largest number.
    private(set) var upperBound = 0

    /// No tokens yet, with room for so many.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [UInt32](repeating: 0, count: size)
        mask = size - 1
        entryStarts.reserveCapacity(capacity)
        entryEnds.reserveCapacity(capacity)
        entryIDs.reserveCapacity(capacity)
        arena.reserveCapacity(capacity * 8)
        starts.reserveCapacity(capacity)
        ends.reserveCapacity(capacity)
    }

    /// Adds a token; of two entries with one text the last number stays.
    ///
    /// - Precondition: the number is within `0...maximumID`, and all tokens together are shorter than 4 GiB.
    mutating func insert(_ token: ArraySlice<UInt8>, id: Int32) {
        if (entryIDs.count + 1) * 2 > slots.count { grow() }
        var slot = hash(token) & mask
        while slots[slot] != 0 {
            let entry = Int(slots[slot]) - 1
            if equals(entry, token) {
                entryIDs[entry] = id
                name(id, entryStarts[entry], entryEnds[entry])
                return
            }
            slot = (slot + 1) & mask
        }
        let start = UInt32(arena.count)
        arena += token
        entryStarts.append(start)
        entryEnds.append(UInt32(arena.count))
        entryIDs.append(id)
        slots[slot] = UInt32(entryIDs.count)
        name(id, start, UInt32(arena.count))
    }

    private mutating func name(_ id: Int32, _ start: UInt32, _ end: UInt32) {
        let index = Int(id)
        while starts.count <= index {
            starts.append(.max)
            ends.append(0)
        }
        starts[index] = start
        ends[index] = end
        upperBound = max(upperBound, index + 1)
    }

    private mutating func grow() {
        let size = slots.count * 2
        slots = [UInt32](repeating: 0, count: size)
        mask = size - 1
        for entry in entryIDs.indices {
            var slot = hash(arena[Int(entryStarts[entry])..<Int(entryEnds[entry])]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(entry + 1)
        }
    }

    @inline(__always)
    private func hash(_ bytes: ArraySlice<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash ^= hash >> 29
        return Int(truncatingIfNeeded: hash & 0x7FFF_FFFF_FFFF_FFFF)
    }

    @inline(__always)
    private func equals(_ entry: Int, _ bytes: ArraySlice<UInt8>) -> Bool {
        let start = Int(entryStarts[entry])
        guard Int(entryEnds[entry]) - start == bytes.count else { return false }
        var index = bytes.startIndex
        for position in start..<(start + bytes.count) {
            if arena[position] != bytes[index] { return false }
            index += 1
        }
        return true
    }

    /// The number of the token with these bytes.
    func id(_ token: ArraySlice<UInt8>) -> Int32? {
        var slot = hash(token) & mask
        while slots[slot] != 0 {
            let entry = Int(slots[slot]) - 1
            if equals(entry, token) { return entryIDs[entry] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The number of the token with this text.
    func id(_ token: String) -> Int32? { id(Array(token.utf8)[...]) }

    /// The bytes of the token with this number.
    func token(_ id: Int32) -> ArraySlice<UInt8>? {
        let index = Int(id)
        guard index >= 0, index < starts.count, starts[index] != .max else { return nil }
        return arena[Int(starts[index])..<Int(ends[index])]
    }
}
