/// What happens to text before it is split: one case per kind of `normalizer` in `tokenizer.json`.
///
/// A further kind is one more case here, its arm in `init` and its arm in `normalize`.
indirect enum Normalizer: Sendable {
    case nfc
    case nfd
    case nfkc
    case nfkd
    case lowercase
    case stripAccents
    case nmt
    case byteLevel
    case strip(left: Bool, right: Bool)
    case prepend([UInt8])
    case replace(Pattern, with: [UInt8])
    case bert(BertNormalizer)
    case precompiled(PrecompiledCharacterMap)
    case sequence([Normalizer])

    /// The normalizer that the component describes.
    init(_ reader: ComponentReader) throws(TokenizerError) {
        let type = try reader.type()
        switch type {
        case "NFC": self = .nfc
        case "NFD": self = .nfd
        case "NFKC": self = .nfkc
        case "NFKD": self = .nfkd
        case "Lowercase": self = .lowercase
        case "StripAccents": self = .stripAccents
        case "Nmt": self = .nmt
        case "ByteLevel": self = .byteLevel
        case "Strip":
            self = .strip(
                left: try reader.bool("strip_left", default: true),
                right: try reader.bool("strip_right", default: true)
            )
        case "Prepend": self = .prepend(Array(try reader.string("prepend").utf8))
        case "Replace":
            self = .replace(try reader.pattern(), with: Array(try reader.string("content").utf8))
        case "BertNormalizer": self = .bert(try BertNormalizer(reader))
        case "Precompiled": self = .precompiled(try PrecompiledCharacterMap(reader))
        case "Sequence":
            var parts: [Normalizer] = []
            for part in try reader.components("normalizers") { parts.append(try Normalizer(part)) }
            self = .sequence(parts)
        default: throw reader.unsupported("normalizer", type)
        }
    }

    /// The normalized text.
    func normalize(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .nfc: UnicodeNormalization.shared.composed(bytes)
        case .nfd: UnicodeNormalization.shared.decomposed(bytes)
        case .nfkc: UnicodeNormalization.shared.composed(bytes, isCompatible: true)
        case .nfkd: UnicodeNormalization.shared.decomposed(bytes, isCompatible: true)
        case .lowercase: lowercased(bytes)
        case .stripAccents: withoutAccents(bytes)
        case .nmt: filtered(bytes)
        case .byteLevel: ByteLevelAlphabet.shared.encode(bytes, 0..<bytes.count)
        case .strip(let left, let right): stripped(bytes, left, right)
        case .prepend(let prefix): bytes.isEmpty ? bytes : prefix + bytes
        case .replace(let pattern, let content): pattern.replacing(in: bytes, with: content)
        case .bert(let bert): bert.normalize(bytes)
        case .precompiled(let map): map.normalize(bytes)
        case .sequence(let parts): parts.reduce(bytes) { $1.normalize($0) }
        }
    }
}

extension Normalizer {
    private func lowercased(_ bytes: [UInt8]) -> [UInt8] {
        mapScalars(bytes) { scalar, result in
            if scalar < 0x80 {
                result.append(UInt8((0x41...0x5A).contains(scalar) ? scalar + 0x20 : scalar))
            } else if let character = Unicode.Scalar(scalar) {
                result.append(contentsOf: character.properties.lowercaseMapping.utf8)
            }
        }
    }

    private func withoutAccents(_ bytes: [UInt8]) -> [UInt8] {
        let table = ScalarClasses.shared
        return mapScalars(bytes) { scalar, result in
            if table.bit(scalar) & table.accents == 0 { appendScalar(scalar, to: &result) }
        }
    }

    /// SentencePiece's `nmt` rules: drops control characters and makes unusual separators spaces.
    private func filtered(_ bytes: [UInt8]) -> [UInt8] {
        mapScalars(bytes) { scalar, result in
            switch scalar {
            case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: break
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
                result.append(0x20)
            default: appendScalar(scalar, to: &result)
            }
        }
    }

    private func stripped(_ bytes: [UInt8], _ left: Bool, _ right: Bool) -> [UInt8] {
        let table = ScalarClasses.shared
        var start = 0
        var end = bytes.count
        while left, start < end {
            let (scalar, length) = decodeScalar(bytes, start)
            if table.bit(scalar) & table.whitespace == 0 { break }
            start += length
        }
        while right, end > start {
            let last = scalarStart(before: end, in: bytes)
            if table.bit(decodeScalar(bytes, last).scalar) & table.whitespace == 0 { break }
            end = last
        }
        return Array(bytes[start..<end])
    }
}
