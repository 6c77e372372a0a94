import MartletTokenizers

/// Sets of scalars by their Unicode properties.
enum UnicodeSets {
    /// `\d` of Python: decimal digits of any script.
    static let digits = set(of: ["Nd"])
    /// `\s` of Python.
    static let spaces = ScalarRanges([
        0x09...0x0D, 0x1C...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ])
    /// `\w` of Python: letters, numbers and the underscore.
    static let words = set(of: ["Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No"]).union(ScalarRanges(0x5F))

    /// The same classes restricted to ASCII.
    static let asciiDigits = ScalarRanges([0x30...0x39])
    /// ASCII white space.
    static let asciiSpaces = ScalarRanges([0x09...0x0D, 0x20...0x20])
    /// ASCII letters, digits and the underscore.
    static let asciiWords = ScalarRanges([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    /// The scalars of these general categories, by their short names.
    static func set(of categories: Set<String>) -> ScalarRanges {
        ScalarRanges(categories.flatMap { runs[$0] ?? [] })
    }

    /// Per general category, its scalars; those who check texts know Unicode 14, so that later scalars have no category.
    private static let runs: [String: [ClosedRange<UInt32>]] = {
        let names = CategoryRuns.names.split(separator: " ").map(String.init)
        var result = [[ClosedRange<UInt32>]](repeating: [], count: names.count)
        var indices = [Int](repeating: 0, count: 128)
        for (index, symbol) in CategoryRuns.symbols.utf8.enumerated() { indices[Int(symbol)] = index }
        var start: UInt32 = 0
        let bytes = Array(CategoryRuns.runs.utf8)
        var position = 0
        while position < bytes.count {
            let index = indices[Int(bytes[position])]
            position += 1
            var length: UInt32 = 0
            while position < bytes.count, let digit = Self.digit(bytes[position]) {
                length = length * 36 + digit
                position += 1
            }
            let end = start + max(length, 1)
            result[index].append(start...(end - 1))
            start = end
        }
        return Dictionary(uniqueKeysWithValues: zip(names, result))
    }()

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 10
        default: nil
        }
    }

    /// The scalars of a general category or group of them by its short or long name, such as `L`, `Lu` or `Letter`.
    static func named(_ name: String) -> ScalarRanges? {
        let key = name.filter { $0 != "_" && $0 != " " }.lowercased()
        let matching = names.filter { entry in
            entry.short.lowercased() == key || entry.long.lowercased() == key
                || entry.short.prefix(1).lowercased() == key || groups[key] == String(entry.short.prefix(1))
        }
        return matching.isEmpty ? nil : set(of: Set(matching.map(\.short)))
    }

    private static let groups = [
        "letter": "L", "mark": "M", "number": "N", "punctuation": "P", "symbol": "S", "separator": "Z", "other": "C",
    ]

    private static let names: [(short: String, long: String)] = [
        ("Lu", "UppercaseLetter"), ("Ll", "LowercaseLetter"),
        ("Lt", "TitlecaseLetter"), ("Lm", "ModifierLetter"),
        ("Lo", "OtherLetter"), ("Mn", "NonspacingMark"),
        ("Mc", "SpacingMark"), ("Me", "EnclosingMark"),
        ("Nd", "DecimalNumber"), ("Nl", "LetterNumber"),
        ("No", "OtherNumber"), ("Pc", "ConnectorPunctuation"),
        ("Pd", "DashPunctuation"), ("Ps", "OpenPunctuation"),
        ("Pe", "ClosePunctuation"), ("Pi", "InitialPunctuation"),
        ("Pf", "FinalPunctuation"), ("Po", "OtherPunctuation"),
        ("Sm", "MathSymbol"), ("Sc", "CurrencySymbol"),
        ("Sk", "ModifierSymbol"), ("So", "OtherSymbol"),
        ("Zs", "SpaceSeparator"), ("Zl", "LineSeparator"),
        ("Zp", "ParagraphSeparator"), ("Cc", "Control"), ("Cf", "Format"),
        ("Co", "PrivateUse"),
    ]

    /// The set with the other case of each of its letters, where one scalar is the other's simple mapping.
    static func ignoringCase(_ set: ScalarRanges) -> ScalarRanges {
        var extra: [ClosedRange<UInt32>] = []
        for (scalar, folded) in caseVariants where set.contains(scalar) { extra.append(folded...folded) }
        return extra.isEmpty ? set : set.union(ScalarRanges(extra))
    }

    /// Scalars and others that differ from them in case alone.
    private static let caseVariants: [(UInt32, UInt32)] = {
        // other categories have no letters with a case, but for a mark and the circled letters
        let cased = set(of: ["Lu", "Ll", "Lt", "Nl"]).union(ScalarRanges([0x345...0x345, 0x24B6...0x24E9]))
        var groups: [String: [UInt32]] = [:]
        for value in cased.ranges.joined() {
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
