/// SentencePiece's compiled character map: a double-array trie of texts with what each becomes.
///
/// A unit of the trie is 32 bits: the label of the edge that leads to it, whether a value follows, and the offset of its
/// children. A value is the offset of a text that ends with a zero byte.
struct PrecompiledCharacterMap: Sendable {
    /// The most bytes a grapheme cluster may have to be looked up as a whole.
    private static let clusterByteLimit = 5

    private var units: [UInt32] = []
    private var texts: [UInt8] = []

    init(_ reader: ComponentReader) throws(TokenizerError) {
        let path = "\(reader.path).precompiled_charsmap"
        guard let bytes = Self.base64(try reader.string("precompiled_charsmap")) else {
            throw .invalidField(path: path, expected: "base64")
        }
        guard bytes.count >= 4 else { throw .invalidField(path: path, expected: "a character map of 4 bytes or more") }
        let length = Int(Self.word(bytes, 0))
        guard length <= bytes.count - 4 else {
            throw .invalidField(path: path, expected: "a map that holds the \(length) bytes it announces")
        }
        units = stride(from: 4, to: 4 + length / 4 * 4, by: 4).map { Self.word(bytes, $0) }
        texts = Array(bytes[(4 + length / 4 * 4)...])
        guard !units.isEmpty, String(validating: texts, as: UTF8.self) != nil else {
            throw .invalidField(path: path, expected: "a map with a trie and texts in UTF-8")
        }
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32($1 * 8) }
    }

    private static func base64(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 where character != UInt8(ascii: "=") {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    /// The normalized text.
    ///
    /// A short grapheme cluster is replaced as a whole by what the shortest entry that it begins with becomes; all others
    /// are replaced code point by code point.
    func normalize(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 8)
        GraphemeClusters.forEach(in: bytes) { cluster in
            if cluster.count <= Self.clusterByteLimit, let text = replacement(bytes, cluster) {
                result += texts[text]
                return
            }
            var position = cluster.lowerBound
            while position < cluster.upperBound {
                let end = position + decodeScalar(bytes, position).length
                if let text = replacement(bytes, position..<end) {
                    result += texts[text]
                } else {
                    result += bytes[position..<end]
                }
                position = end
            }
        }
        return result
    }

    /// Where the text lies that the shortest entry becomes with which the range begins.
    private func replacement(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
        var node = Self.offset(units[0])
        for index in range {
            let byte = bytes[index]
            if byte == 0 { return nil }
            node ^= Int(byte)
            guard node < units.count, units[node] & 0x8000_00FF == UInt32(byte) else { return nil }
            let unit = units[node]
            node ^= Self.offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard node < units.count else { return nil }
            let start = Int(units[node] & 0x7FFF_FFFF)
            guard start < texts.count else { return nil }
            let end = texts[start...].firstIndex(of: 0) ?? texts.count
            return start..<end
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & (1 << 9)) >> 6)) }
}
