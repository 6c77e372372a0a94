/// Case mapping and classification by Unicode properties, as Python does them.
extension StringOperations {
    enum CaseMapping {
        case upper
        case lower
        case title
        case capitalized
        case swapped
        case folded
    }

    static func mapped(_ text: Text, _ mapping: CaseMapping) -> Text {
        var builder = TextBuilder()
        var cursor = OriginCursor(text.origin)
        let bytes = text.bytes
        var offset = 0
        var followsCased = false
        while offset < bytes.count {
            guard let scalar = UTF8Scalars.scalar(at: offset, in: bytes[...]) else { break }
            let isRequest = cursor.isRequest(offset)
            if mapping == .swapped, !isUpper(scalar), !isLower(scalar) {
                builder.append(String(scalar), isRequest: isRequest)
                offset += UTF8Scalars.length(bytes[offset])
                continue
            }
            let isUpper: Bool
            switch mapping {
            case .upper: isUpper = true
            case .lower, .folded: isUpper = false
            case .title: isUpper = !followsCased
            case .capitalized: isUpper = offset == 0
            case .swapped: isUpper = !scalar.properties.isUppercase
            }
            let usesTitle = mapping == .title || mapping == .capitalized
            if scalar.isASCII {
                builder.append(ascii(bytes[offset], isUpper: isUpper), isRequest: isRequest)
            } else if isUpper {
                let properties = scalar.properties
                builder.append(
                    usesTitle ? properties.titlecaseMapping : properties.uppercaseMapping,
                    isRequest: isRequest
                )
            } else {
                builder.append(lower(scalar, mapping, bytes, offset), isRequest: isRequest)
            }
            followsCased = isCased(scalar)
            offset += UTF8Scalars.length(bytes[offset])
        }
        return builder.text
    }

    private static func ascii(_ byte: UInt8, isUpper: Bool) -> UInt8 {
        if isUpper { return (0x61...0x7A).contains(byte) ? byte - 0x20 : byte }
        return (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
    }

    private static func lower(
        _ scalar: Unicode.Scalar,
        _ mapping: CaseMapping,
        _ bytes: [UInt8],
        _ offset: Int
    ) -> String {
        if mapping == .folded { return folded(scalar) }
        // a capital sigma at a word's end
        if scalar.value == 0x3A3 { return isFinalSigma(bytes, offset) ? "ς" : "σ" }
        return scalar.properties.lowercaseMapping
    }

    /// Unicode's full case folding: with few exceptions the small letters of the capitals.
    private static func folded(_ scalar: Unicode.Scalar) -> String {
        let upper = scalar.properties.uppercaseMapping
        switch scalar.value {
        case 0x131, 0x13A0...0x13F5: return String(scalar)
        case 0x13F8...0x13FD, 0xAB70...0xABBF: return upper
        case 0x1E9E: return "ss"
        default: return upper.unicodeScalars.map(\.properties.lowercaseMapping).joined()
        }
    }

    private static func isFinalSigma(_ bytes: [UInt8], _ offset: Int) -> Bool {
        var before = offset
        var followsCased = false
        while before > 0 {
            before -= 1
            while before > 0 && bytes[before] & 0xC0 == 0x80 { before -= 1 }
            guard let scalar = UTF8Scalars.scalar(at: before, in: bytes[...]) else { break }
            if scalar.properties.isCaseIgnorable { continue }
            followsCased = isCased(scalar)
            break
        }
        guard followsCased else { return false }
        var after = offset + 2
        while after < bytes.count, let scalar = UTF8Scalars.scalar(at: after, in: bytes[...]) {
            if !scalar.properties.isCaseIgnorable { return !isCased(scalar) }
            after += UTF8Scalars.length(bytes[after])
        }
        return true
    }

    private static func isCased(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x41...0x5A).contains(scalar.value & ~0x20) }
        return scalar.properties.isCased
    }

    // MARK: - Classification

    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    static func isAlphabetic(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    static func isDecimal(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .decimalNumber }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.numericType == .decimal || scalar.properties.numericType == .digit
    }

    static func isNumeric(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType != nil }

    static func isLower(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isLowercase }

    static func isUpper(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isUppercase }

    /// `islower()` and `isupper()`: some cased scalar, and none of the other case.
    static func isAll(_ text: Text, lower: Bool) -> Bool {
        var hasCased = false
        for scalar in text.string.unicodeScalars {
            if lower ? isUpper(scalar) : isLower(scalar) { return false }
            if scalar.properties.generalCategory == .titlecaseLetter { return false }
            if lower ? isLower(scalar) : isUpper(scalar) { hasCased = true }
        }
        return hasCased
    }

    /// `istitle()`: capitals only at the beginning of words, small letters only inside.
    static func isTitle(_ text: Text) -> Bool {
        var followsCased = false
        var hasCased = false
        for scalar in text.string.unicodeScalars {
            if isUpper(scalar) || scalar.properties.generalCategory == .titlecaseLetter {
                if followsCased { return false }
                followsCased = true
                hasCased = true
            } else if isLower(scalar) {
                if !followsCased { return false }
                hasCased = true
            } else {
                followsCased = false
            }
        }
        return hasCased
    }
}
