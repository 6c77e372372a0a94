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

    private let arena: [UInt8]
    /// Per token number, where its bytes begin; `UInt32.max` for a number that no token has.
    private var starts: [UInt32] = []
    private var lengths: [UInt32] = []
    /// Open addressing.
    private var slots: [Slot]
    private let mask: Int
    /// What hashes begin with: another number in each process, so that no file can be made to collide.
    private let seed = Vocabulary.processSeed

    private static let processSeed = UInt64.random(in: .min ... .max)

    /// The number of different tokens.
    private(set) var count = 0

    /// Whether no two entries had the same text.
    private var hasDistinctTexts = false

    /// One more than the largest number.
    var upperBound: Int { starts.count }

    /// The tokens of a builder; of two entries with one text the last number stays.
    fileprivate init(_ builder: VocabularyBuilder) {
        arena = builder.arena
        var size = 16
        while size / 3 * 2 < builder.entries.count { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        mask = size - 1
        starts = [UInt32](repeating: .max, count: builder.upperBound)
        lengths = [UInt32](repeating: 0, count: builder.upperBound)
        var distinctCount = 0
        for entry in builder.entries {
            let token = arena[Int(entry.start)..<(Int(entry.start) + Int(entry.length))].span
            let hash = hash(token)
            let slot = find(hash, token)
            if slots[slot].id < 0 { distinctCount += 1 }
            slots[slot] = Slot(hash: hash, id: entry.id, start: entry.start, length: entry.length)
            starts[Int(entry.id)] = entry.start
            lengths[Int(entry.id)] = entry.length
        }
        count = distinctCount
        hasDistinctTexts = distinctCount == builder.entries.count
    }

    @inline(__always)
    private func hash(_ bytes: Span<UInt8>) -> UInt32 {
        Self.finished(Self.hash(bytes, from: seed))
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
        let id = slots[find(hash(token), token)].id
        return id < 0 ? nil : id
    }

    /// The numbers of the tokens that stretches of a text are; -1 for a stretch that is none.
    ///
    /// Many at once and in steps, so that the processor waits for many places of the tables at a time.
    func ids(of stretches: [Stretch], in text: [UInt8]) -> [Int32] {
        let text = text.span
        let slots = slots.span
        var hashes: [UInt32] = []
        hashes.reserveCapacity(stretches.count)
        for stretch in stretches { hashes.append(hash(text.extracting(stretch.range))) }
        var starts: [UInt32] = []
        starts.reserveCapacity(stretches.count)
        for hash in hashes { starts.append(slots[Int(hash) & mask].start) }
        var ids: [Int32] = []
        ids.reserveCapacity(stretches.count)
        for start in starts { ids.append(start < arena.count ? Int32(arena[Int(start)]) : 0) }
        for (index, stretch) in stretches.enumerated() {
            ids[index] = slots[find(hashes[index], text.extracting(stretch.range))].id
        }
        return ids
    }

    /// Whether these bytes are looked up as the token with this number, where that can be told without looking them up.
    func isCertainly(_ id: Int32, _ token: Span<UInt8>) -> Bool {
        let index = Int(id)
        guard hasDistinctTexts, index < starts.count, Int(lengths[index]) == token.count, starts[index] != .max else {
            return false
        }
        return matches(Int(starts[index]), token)
    }

    /// Where a token's bytes lie in a text.
    struct Stretch {
        var start: UInt32
        var length: UInt32

        /// Its place as a range.
        @inline(__always)
        var range: Range<Int> { Int(start)..<(Int(start) + Int(length)) }
    }

    /// The number of the token with these bytes.
    func id(_ token: ArraySlice<UInt8>) -> Int32? { id(token.span) }

    /// The number of the token with these bytes.
    func id(_ token: [UInt8]) -> Int32? { id(token.span) }

    /// The number of the token with this text.
    func id(_ token: String) -> Int32? { id(Array(token.utf8).span) }

    /// The number of the token whose bytes are these one after the other.
    func id(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Int32? {
        let hash = Self.finished(Self.hash(second, from: Self.hash(first, from: seed)))
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

/// Gathers the tokens of a vocabulary.
struct VocabularyBuilder {
    fileprivate struct Entry {
        var start: UInt32
        var length: UInt32
        var id: Int32
    }

    fileprivate var arena: [UInt8] = []
    fileprivate var entries: [Entry] = []
    fileprivate var upperBound = 0

    /// No tokens yet, with room for so many.
    init(capacity: Int) {
        arena.reserveCapacity(capacity * 8)
        entries.reserveCapacity(capacity)
    }

    /// Adds a token.
    ///
    /// - Precondition: the number is within `0...Vocabulary.maximumID`, and all tokens together are shorter than 4 GiB.
    mutating func append(_ token: ArraySlice<UInt8>, id: Int32) {
        entries.append(Entry(start: UInt32(arena.count), length: UInt32(token.count), id: id))
        arena += token
        upperBound = max(upperBound, Int(id) + 1)
    }

    /// Adds a token whose text the closure appends, and which gives its number.
    mutating func append<Failure>(_ body: (inout [UInt8]) throws(Failure) -> Int32) throws(Failure) {
        let start = arena.count
        let id = try body(&arena)
        entries.append(Entry(start: UInt32(start), length: UInt32(arena.count - start), id: id))
        upperBound = max(upperBound, Int(id) + 1)
    }

    /// The vocabulary of these tokens; of two entries with one text or one number the last stays.
    consuming func build() -> Vocabulary { Vocabulary(self) }
}
