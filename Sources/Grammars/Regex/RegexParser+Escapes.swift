import MartletTokenizers

extension RegexParser {
    /// What a backslash outside a class means.
    mutating func escape() throws(GrammarError) -> RegexNode {
        guard let scalar = next else { throw invalid("the pattern ends in a backslash") }
        switch scalar {
        case "A": return place(.textStart)
        case "Z", "z": return place(.textEnd)
        case "b": return place(.wordBoundary)
        case "B": return place(.notWordBoundary)
        case "1"..."9": throw unsupported("a backreference")
        case "k": throw unsupported("a backreference")
        case "R", "X", "G", "K": throw unsupported("the escape `\\\(scalar)`")
        default:
            if let set = try classEscape() { return .scalars(cased(set)) }
            return .scalars(cased(ScalarRanges(try characterEscape())))
        }
    }

    private mutating func place(_ assertion: RegexAssertion) -> RegexNode {
        position += 1
        return .assertion(assertion)
    }

    /// The set that an escape like `\d` means; `nil` when it means one character.
    private mutating func classEscape() throws(GrammarError) -> ScalarRanges? {
        guard let scalar = next else { return nil }
        let ascii = flags.isASCII
        let set: ScalarRanges
        switch scalar {
        case "d", "D": set = ascii ? UnicodeSets.asciiDigits : UnicodeSets.digits
        case "w", "W": set = ascii ? UnicodeSets.asciiWords : UnicodeSets.words
        case "s", "S": set = ascii ? UnicodeSets.asciiSpaces : UnicodeSets.spaces
        case "p", "P":
            position += 1
            let set = try property()
            return scalar == "P" ? set.inverted : set
        default: return nil
        }
        position += 1
        return scalar.properties.isUppercase ? set.inverted : set
    }

    /// The set of `{Name}` after `\p`.
    private mutating func property() throws(GrammarError) -> ScalarRanges {
        var name = ""
        if take("{") {
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard take("}") else { throw invalid("a property's name has no `}`") }
        } else if let scalar = next {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        guard let set = UnicodeSets.named(name) else {
            throw unsupported("the Unicode property `\(name)`; general categories such as `L` and `Lu` are known, it")
        }
        return set
    }

    /// The character that an escape means.
    mutating func characterEscape() throws(GrammarError) -> UInt32 {
        guard let scalar = next else { throw invalid("the pattern ends in a backslash") }
        position += 1
        switch scalar {
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "f": return 0x0C
        case "v": return 0x0B
        case "a": return 0x07
        case "0":
            var value: UInt32 = 0
            while let digit = next, ("0"..."7").contains(digit), value < 0o40 {
                value = value * 8 + digit.value - 0x30
                position += 1
            }
            return value
        case "x": return try hexadecimal(digits: 2)
        case "u": return try unicodeEscape()
        case "U": return try hexadecimal(digits: 8)
        case "c":
            guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
                throw invalid("`\\c` needs a letter")
            }
            position += 1
            return letter.value & 0x1F
        default:
            if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
                position -= 1
                throw invalid("unknown escape `\\\(scalar)`")
            }
            return scalar.value
        }
    }

    private mutating func unicodeEscape() throws(GrammarError) -> UInt32 {
        if take("{") {
            let start = position
            while let scalar = next, scalar != "}" { _ = take(scalar) }
            let text = String(String.UnicodeScalarView(scalars[start..<position]))
            guard take("}"), let value = UInt32(text, radix: 16), value <= ScalarRanges.maximum else {
                throw invalid("`\\u{}` needs a code point")
            }
            return value
        }
        let high = try hexadecimal(digits: 4)
        guard (0xD800...0xDBFF).contains(high), take(text: "\\u") else { return high }
        let low = try hexadecimal(digits: 4)
        guard (0xDC00...0xDFFF).contains(low) else { throw invalid("half a surrogate pair") }
        return 0x10000 + (high - 0xD800) << 10 + low - 0xDC00
    }

    private mutating func hexadecimal(digits: Int) throws(GrammarError) -> UInt32 {
        guard position + digits <= scalars.count else { throw invalid("an escape needs \(digits) digits") }
        let text = String(String.UnicodeScalarView(scalars[position..<(position + digits)]))
        guard let value = UInt32(text, radix: 16), value <= ScalarRanges.maximum, !text.hasPrefix("+") else {
            throw invalid("an escape needs \(digits) hexadecimal digits")
        }
        position += digits
        return value
    }

    /// The scalars of a text in a grammar's quotes, whose escapes are those of regular expressions.
    static func literalScalars(
        _ source: String,
        place: String,
        limits: GrammarLimits
    ) throws(GrammarError) -> [Unicode.Scalar] {
        var parser = RegexParser(source, flags: Flags(), place: place, limits: limits)
        var result: [Unicode.Scalar] = []
        while let scalar = parser.next {
            parser.position += 1
            let value = scalar == "\\" ? try parser.characterEscape() : scalar.value
            guard let scalar = Unicode.Scalar(value) else { throw parser.invalid("half a surrogate pair") }
            result.append(scalar)
        }
        return result
    }

    /// The set of a class in brackets.
    static func parseSet(_ source: String, place: String, limits: GrammarLimits) throws(GrammarError) -> ScalarRanges {
        var parser = RegexParser(source, flags: Flags(), place: place, limits: limits)
        guard parser.take("[") else { throw parser.invalid("a class must begin with `[`") }
        let set = try parser.characterClass()
        guard parser.next == nil else { throw parser.invalid("a class ends early") }
        return set
    }

    // MARK: - Classes

    /// The set of a class whose `[` is already read.
    mutating func characterClass() throws(GrammarError) -> ScalarRanges {
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while true {
            guard let scalar = next else { throw invalid("a class has no `]`") }
            if scalar == "]", !isFirst {
                position += 1
                break
            }
            isFirst = false
            if take(text: "[:") || take(text: "[[") { throw unsupported("a class within a class") }
            switch try classItem() {
            case .set(let set): ranges += set.ranges
            case .scalar(let low):
                guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                    ranges.append(low...low)
                    continue
                }
                position += 1
                guard case .scalar(let high) = try classItem(), high >= low else {
                    throw invalid("a class's range is in the wrong order")
                }
                ranges.append(low...high)
            }
        }
        let set = cased(ScalarRanges(ranges))
        return isInverted ? set.inverted : set
    }

    private enum ClassItem {
        case scalar(UInt32)
        case set(ScalarRanges)
    }

    private mutating func classItem() throws(GrammarError) -> ClassItem {
        guard let scalar = next else { throw invalid("a class has no `]`") }
        position += 1
        guard scalar == "\\" else { return .scalar(scalar.value) }
        if next == "b" {
            position += 1
            return .scalar(0x08)
        }
        if let set = try classEscape() { return .set(set) }
        return .scalar(try characterEscape())
    }
}
