/// The tokens of a model: their bytes in one arena, found by number or by hash.
///
/// Numbers may have gaps. Tokens are compared by their bytes.
struct Vocabulary: Sendable {
    /// The largest number a token may have.
    static let maximumID = (1 << 24) - 1

    /// One place of the hash table.
    private struct Slot {
        /// Of the bytes.
        var hash: UInt32 = 0
        /// The token's number; -1 in an empty slot.
        var id: Int32 = -1
        /// Where the bytes begin in the arena.
        var start: UInt32 = 0
        /// How many there are.
        var length: UInt32 = 0
    }

    private var arena: [UInt8] = []
    /// Per token number, where its bytes begin; `UInt32.max` for a number that no token has.
    private var starts: [UInt32] = []
    private var lengths: [UInt32] = []
    /// Open addressing.
    private var slots: [Slot]
    private var mask: Int

    /// The number of different tokens.
    private(set) var count = 0

    /// One more than the largest number.
    var upperBound: Int { starts.count }

    /// No tokens yet, with room for so many.
    init(capacity: Int) {
        var size = 16
        while size / 3 * 2 < capacity { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        mask = size - 1
        arena.reserveCapacity(capacity * 8)
        starts.reserveCapacity(capacity)
        lengths.reserveCapacity(capacity)
    }

    /// Adds a token; of two entries with one text the last number stays.
    ///
    /// - Precondition: the number is within `0...maximumID`, and all tokens together are shorter than 4 GiB.
    mutating func insert(_ token: Span<UInt8>, id: Int32) {
        if count + 1 > slots.count / 3 * 2 { grow() }
        let hash = Self.hash(token)
        let slot = find(hash, token)
        if slots[slot].id < 0 {
            slots[slot] = Slot(hash: hash, id: id, start: UInt32(arena.count), length: UInt32(token.count))
            for index in token.indices { arena.append(token[index]) }
            count += 1
        } else {
            slots[slot].id = id
        }
        name(id, slots[slot])
    }

    private mutating func name(_ id: Int32, _ slot: Slot) {
        let index = Int(id)
        while starts.count <= index {
            starts.append(.max)
            lengths.append(0)
        }
        starts[index] = slot.start
        lengths[index] = slot.length
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        mask = slots.count - 1
        for entry in old where entry.id >= 0 {
            var slot = Int(entry.hash) & mask
            while slots[slot].id >= 0 { slot = (slot + 1) & mask }
            slots[slot] = entry
        }
    }

    @inline(__always)
    private static func hash(_ bytes: Span<UInt8>) -> UInt32 {
        finished(hash(bytes, from: 0xCBF2_9CE4_8422_2325))
    }

    @inline(__always)
    private static func hash(_ bytes: Span<UInt8>, from seed: UInt64) -> UInt64 {
        var hash = seed
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    @inline(__always)
    private static func finished(_ hash: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15 >> 32)
    }

    /// The slot of the token, or the empty one where it would be.
    @inline(__always)
    private func find(_ hash: UInt32, _ token: Span<UInt8>) -> Int {
        var slot = Int(hash) & mask
        while slots[slot].id >= 0 {
            if slots[slot].hash == hash, slots[slot].length == token.count, matches(Int(slots[slot].start), token) {
                return slot
            }
            slot = (slot + 1) & mask
        }
        return slot
    }

    @inline(__always)
    private func matches(_ start: Int, _ token: Span<UInt8>) -> Bool {
        for index in token.indices where arena[start + index] != token[index] { return false }
        return true
    }

    /// The number of the token with these bytes.
    func id(_ token: Span<UInt8>) -> Int32? {
        let id = slots[find(Self.hash(token), token)].id
        return id < 0 ? nil : id
    }

    /// The number of the token with these bytes.
    func id(_ token: [UInt8]) -> Int32? { id(token.span) }

    /// The number of the token with this text.
    func id(_ token: String) -> Int32? { id(Array(token.utf8).span) }

    /// The number of the token whose bytes are these one after the other.
    func id(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Int32? {
        let hash = Self.finished(Self.hash(second, from: Self.hash(first, from: 0xCBF2_9CE4_8422_2325)))
        let length = first.count + second.count
        var slot = Int(hash) & mask
        while slots[slot].id >= 0 {
            let start = Int(slots[slot].start)
            if slots[slot].hash == hash, slots[slot].length == length, matches(start, first),
                matches(start + first.count, second)
            {
                return slots[slot].id
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The bytes of the token with this number.
    func token(_ id: Int32) -> ArraySlice<UInt8>? {
        let index = Int(id)
        guard index >= 0, index < starts.count, starts[index] != .max else { return nil }
        return arena[Int(starts[index])..<(Int(starts[index]) + Int(lengths[index]))]
    }

    /// Per code point of the basic plane, or below 1024 where no token is one beyond that, its token, or -1.
    func singleScalars() -> [Int32] {
        var tokens = [Int32](repeating: -1, count: 1024)
        for id in 0..<Int32(upperBound) {
            guard let token = token(id), token.count <= 3, let first = token.first else { continue }
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : 3
            guard token.count == length, first < 0x80 || first >= 0xC0 else { continue }
            let scalar = Int(decodeScalar(arena, token.startIndex).scalar)
            if scalar >= tokens.count { tokens += [Int32](repeating: -1, count: 0x10000 - tokens.count) }
            // of several numbers with one text, the last one that was added counts
            tokens[scalar] = self.id(token.span) ?? id
        }
        return tokens
    }
}
