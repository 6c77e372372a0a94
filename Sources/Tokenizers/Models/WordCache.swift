/// The tokens of short pieces that came up before: a table in which a later piece takes an earlier one's place.
///
/// A piece of at most 15 bytes is its own key, so that nothing is kept beside the table, and two pieces never mix.
struct WordCache {
    /// A piece's bytes and, in the last of the 16 bytes, how many there are.
    struct Key: Equatable {
        fileprivate var low: UInt64
        fileprivate var high: UInt64

        fileprivate var slot: Int {
            let mixed = (low ^ high &* 0xC2B2_AE3D_27D4_EB4F) &* 0x9E37_79B9_7F4A_7C15
            return Int(mixed >> UInt64(64 - WordCache.slotBits))
        }
    }

    private struct Slot {
        var key = Key(low: 0, high: 0)
        var tokens = InlineArray<4, Int32>(repeating: -1)
    }

    fileprivate static let slotBits = 14
    /// The most bytes of a piece that is kept.
    static let longestPiece = 15
    private var slots: [Slot] = []

    /// The key of a piece.
    ///
    /// - Precondition: it has 1 to `longestPiece` bytes.
    @inline(__always)
    static func key(_ bytes: [UInt8], _ range: Range<Int>) -> Key {
        let count = range.count
        var low: UInt64 = 0
        var high: UInt64 = 0
        if range.lowerBound + 16 <= bytes.count {
            // two loads instead of fifteen; the text's words all come through here
            let raw = unsafe bytes.span.bytes
            low = unsafe raw.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self).littleEndian
            high = unsafe raw.unsafeLoadUnaligned(fromByteOffset: range.lowerBound + 8, as: UInt64.self).littleEndian
            if count < 8 {
                low &= 1 << UInt64(count * 8) - 1
                high = 0
            } else {
                high &= 1 << UInt64((count - 8) * 8) - 1
            }
        } else {
            for index in 0..<count {
                let byte = UInt64(bytes[range.lowerBound + index])
                if index < 8 { low |= byte << UInt64(index * 8) } else { high |= byte << UInt64(index * 8 - 64) }
            }
        }
        return Key(low: low, high: high | UInt64(count) << 56)
    }

    /// Appends the tokens of the piece; false when it is not there.
    @inline(__always)
    func append(_ key: Key, to ids: inout [TokenID]) -> Bool {
        guard !slots.isEmpty else { return false }
        let entry = slots[key.slot]
        guard entry.key == key else { return false }
        for index in entry.tokens.indices {
            if entry.tokens[index] < 0 { break }
            ids.append(TokenID(entry.tokens[index]))
        }
        return true
    }

    /// Keeps the tokens of a piece, when they are few.
    mutating func insert(_ key: Key, _ ids: ArraySlice<TokenID>) {
        if slots.isEmpty { slots = [Slot](repeating: Slot(), count: 1 << Self.slotBits) }
        guard ids.count <= 4 else { return }
        var slot = Slot(key: key)
        for (index, id) in ids.enumerated() { slot.tokens[index] = id.rawValue }
        slots[key.slot] = slot
    }
}
