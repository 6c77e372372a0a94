import MartletTokenizers

/// Sets of scalars by their Unicode properties.
enum UnicodeSets {
    /// `\d` of Python: decimal digits of any script.
    static let digits = set(of: [.decimalNumber])
    /// `\s` of Python.
    static let spaces = ScalarRanges([
        0x09...0x0D, 0x1C...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ])
    /// `\w` of Python: letters, numbers and the underscore.
    static let words = set(of: [
        .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
        .letterNumber, .otherNumber,
    ]).union(ScalarRanges(0x5F))

    /// The same classes restricted to ASCII.
    static let asciiDigits = ScalarRanges([0x30...0x39])
    /// ASCII white space.
    static let asciiSpaces = ScalarRanges([0x09...0x0D, 0x20...0x20])
    /// ASCII letters, digits and the underscore.
    static let asciiWords = ScalarRanges([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    /// The version of Unicode that those who check texts know: later characters have no category here.
    private static let latestMajorVersion = 14

    /// Runs of scalars of one general category, in order.
    private static let categories: [(range: ClosedRange<UInt32>, category: Unicode.GeneralCategory)] = {
        var runs: [(ClosedRange<UInt32>, Unicode.GeneralCategory)] = []
        // planes 4 to 13 hold nothing but unassigned scalars
        for block: ClosedRange<UInt32> in [0...0x3FFFF, 0xE0000...0x10FFFF] {
            for value in block {
                guard let scalar = Unicode.Scalar(value) else { continue }
                let properties = scalar.properties
                let isNew = properties.age.map { $0.major > latestMajorVersion } ?? false
                let category = isNew ? .unassigned : properties.generalCategory
                if let last = runs.last, last.1 == category, last.0.upperBound == value - 1 {
                    runs[runs.count - 1].0 = last.0.lowerBound...value
                } else {
                    runs.append((value...value, category))
                }
            }
        }
        return runs
    }()

    /// The scalars of these general categories; unassigned ones of planes 4 to 13 are left out.
    static func set(of categories: Set<Unicode.GeneralCategory>) -> ScalarRanges {
        ScalarRanges(Self.categories.filter { categories.contains($0.category) }.map(\.range))
    }

    /// The scalars of a general category or group of them by its short or long name, such as `L`, `Lu` or `Letter`.
    static func named(_ name: String) -> ScalarRanges? {
        let key = name.filter { $0 != "_" && $0 != " " }.lowercased()
        let matching = names.filter { entry in
            entry.short.lowercased() == key || entry.long.lowercased() == key
                || entry.short.prefix(1).lowercased() == key || groups[key] == String(entry.short.prefix(1))
        }
        return matching.isEmpty ? nil : set(of: Set(matching.map(\.category)))
    }

    private static let groups = [
        "letter": "L", "mark": "M", "number": "N", "punctuation": "P", "symbol": "S", "separator": "Z", "other": "C",
    ]

    private static let names: [(short: String, long: String, category: Unicode.GeneralCategory)] = [
        ("Lu", "UppercaseLetter", .uppercaseLetter), ("Ll", "LowercaseLetter", .lowercaseLetter),
        ("Lt", "TitlecaseLetter", .titlecaseLetter), ("Lm", "ModifierLetter", .modifierLetter),
        ("Lo", "OtherLetter", .otherLetter), ("Mn", "NonspacingMark", .nonspacingMark),
        ("Mc", "SpacingMark", .spacingMark), ("Me", "EnclosingMark", .enclosingMark),
        ("Nd", "DecimalNumber", .decimalNumber), ("Nl", "LetterNumber", .letterNumber),
        ("No", "OtherNumber", .otherNumber), ("Pc", "ConnectorPunctuation", .connectorPunctuation),
        ("Pd", "DashPunctuation", .dashPunctuation), ("Ps", "OpenPunctuation", .openPunctuation),
        ("Pe", "ClosePunctuation", .closePunctuation), ("Pi", "InitialPunctuation", .initialPunctuation),
        ("Pf", "FinalPunctuation", .finalPunctuation), ("Po", "OtherPunctuation", .otherPunctuation),
        ("Sm", "MathSymbol", .mathSymbol), ("Sc", "CurrencySymbol", .currencySymbol),
        ("Sk", "ModifierSymbol", .modifierSymbol), ("So", "OtherSymbol", .otherSymbol),
        ("Zs", "SpaceSeparator", .spaceSeparator), ("Zl", "LineSeparator", .lineSeparator),
        ("Zp", "ParagraphSeparator", .paragraphSeparator), ("Cc", "Control", .control), ("Cf", "Format", .format),
        ("Co", "PrivateUse", .privateUse),
    ]

    /// The set with the other case of each of its letters, where one scalar is the other's simple mapping.
    static func ignoringCase(_ set: ScalarRanges) -> ScalarRanges {
        var extra: [ClosedRange<UInt32>] = []
        for (scalar, folded) in caseVariants where set.contains(scalar) { extra.append(folded...folded) }
        return extra.isEmpty ? set : set.union(ScalarRanges(extra))
    }

    /// Scalars and others that differ from them in case alone.
    private static let caseVariants: [(UInt32, UInt32)] = {
        var groups: [String: [UInt32]] = [:]
        for value in UInt32(0x41)...0x1E943 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            guard properties.isCased || properties.changesWhenCaseMapped else { continue }
            groups[properties.lowercaseMapping, default: []].append(value)
        }
        return groups.values.flatMap { group in
            group.flatMap { left in group.filter { $0 != left }.map { (left, $0) } }
        }
    }()
}
