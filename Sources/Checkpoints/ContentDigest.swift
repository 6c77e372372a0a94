package import MartletTensors

/// 128 bits that tell contents apart, computed about as fast as memory is read.
///
/// It finds what was damaged, mistaken or replaced by accident; it does not keep a forger out.
package struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    private static let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let lanes = 8

    private let high: UInt64
    private let low: UInt64

    /// The digest of some bytes of a region.
    ///
    /// - Complexity: O(bytes).
    package init(_ storage: Storage, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= storage.byteCount, "\(range) of \(storage.byteCount)")
        unsafe self.init(UnsafeRawBufferPointer(start: storage.baseAddress + range.lowerBound, count: range.count))
    }

    /// The digest of a text.
    package init(_ text: String) {
        self = unsafe Array(text.utf8).withUnsafeBytes { unsafe ContentDigest($0) }
    }

    /// Lanes read every eighth word each, so that their multiplications overlap; then the lanes and the rest in order.
    @unsafe
    private init(_ bytes: UnsafeRawBufferPointer) {
        var state = InlineArray<8, UInt64> { UInt64($0 + 1) &* Self.prime }
        let step = 8 * Self.lanes
        let whole = bytes.count / step * step
        var offset = 0
        while offset < whole {
            for lane in 0..<Self.lanes {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: offset + 8 * lane, as: UInt64.self)
                state[lane] = Self.mixed(state[lane], word)
            }
            offset += step
        }
        var (first, second) = (UInt64(bytes.count), Self.prime)
        for lane in 0..<Self.lanes {
            first = Self.mixed(first, state[lane])
            second = Self.mixed(second, state[lane] ^ first)
        }
        for index in whole..<bytes.count {
            first = Self.mixed(first, UInt64(unsafe bytes[index]))
            second = Self.mixed(second, first)
        }
        high = first
        low = second
    }

    @inline(__always)
    private static func mixed(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word) &* prime
        return product ^ (product >> 32)
    }

    /// 32 hexadecimal digits.
    package var description: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
