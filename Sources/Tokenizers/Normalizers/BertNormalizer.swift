/// BERT's normalization: cleaning, spaces around ideographs, removal of accents, lower case, each on request.
struct BertNormalizer: Sendable {
    private let cleans: Bool
    private let separatesIdeographs: Bool
    private let stripsAccents: Bool
    private let lowercases: Bool

    private static let removed = ScalarRanges(BertTable.removed)
    private static let accents = ScalarRanges(BertTable.accents)
    private static let ideographs = ScalarRanges(BertTable.ideographs)

    init(_ reader: ComponentReader) throws(TokenizerError) {
        cleans = try reader.bool("clean_text", default: true)
        separatesIdeographs = try reader.bool("handle_chinese_chars", default: true)
        lowercases = try reader.bool("lowercase", default: true)
        stripsAccents = try reader.bool("strip_accents", default: lowercases)
    }

    /// The normalized text.
    func normalize(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        if cleans || separatesIdeographs { result = cleaned(result) }
        if stripsAccents { result = withoutAccents(UnicodeNormalization.shared.decomposed(result)) }
        return lowercases ? Normalizer.lowercase.normalize(result) : result
    }

    private func cleaned(_ bytes: [UInt8]) -> [UInt8] {
        let table = ScalarClasses.shared
        let space = UInt8(ascii: " ")
        return mapScalars(bytes) { scalar, result in
            if cleans {
                if Self.removed.contains(scalar) { return }
                if table.bit(scalar) & table.whitespace != 0 {
                    result.append(space)
                    return
                }
            }
            guard separatesIdeographs, scalar >= 0x2E80, Self.ideographs.contains(scalar) else {
                appendScalar(scalar, to: &result)
                return
            }
            result.append(space)
            appendScalar(scalar, to: &result)
            result.append(space)
        }
    }

    private func withoutAccents(_ bytes: [UInt8]) -> [UInt8] {
        mapScalars(bytes) { scalar, result in
            if scalar < 0x300 || !Self.accents.contains(scalar) { appendScalar(scalar, to: &result) }
        }
    }
}
