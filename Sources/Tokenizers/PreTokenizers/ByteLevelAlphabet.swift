/// GPT-2's printable stand-ins for the 256 bytes: printable bytes stand for themselves, the others for U+0100 onwards.
struct ByteLevelAlphabet: Sendable {
    /// The alphabet.
    static let shared = ByteLevelAlphabet()

    /// Per byte, the code point that stands for it; all are below U+0800, so at most two bytes of UTF-8.
    private var scalars: [UInt32] = []
    /// Per code point below 512, the byte that it stands for, or -1.
    private var values = [Int16](repeating: -1, count: 512)

    private init() {
        var next: UInt32 = 256
        for byte in UInt32(0)..<256 {
            let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            scalars.append(isPrintable ? byte : next)
            if !isPrintable { next += 1 }
        }
        for (byte, scalar) in scalars.enumerated() { values[Int(scalar)] = Int16(byte) }
    }

    /// The stand-ins of bytes, as UTF-8.
    func encode(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count + range.count / 4)
        encode(bytes, range, into: &result)
        return result
    }

    /// Appends the stand-ins of bytes, as UTF-8.
    func encode(_ bytes: [UInt8], _ range: Range<Int>, into result: inout [UInt8]) {
        for index in range { appendScalar(scalars[Int(bytes[index])], to: &result) }
    }

    /// The bytes that the stand-ins mean; `nil` when another character is among them.
    func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var scalar = Int(bytes[index])
            index += 1
            if scalar >= 0x80 {
                guard scalar < 0xC8, index < bytes.endIndex else { return nil }
                scalar = (scalar & 0x1F) << 6 | Int(bytes[index] & 0x3F)
                index += 1
            }
            guard scalar < values.count, values[scalar] >= 0 else { return nil }
            result.append(UInt8(truncatingIfNeeded: values[scalar]))
        }
        return result
    }
}
