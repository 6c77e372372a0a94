extension PatternParser {
    /// Parses what follows a backslash outside of brackets.
    mutating func escapeNode() throws(TokenizerError) -> PatternNode {
        if let assertion = assertion() { return .assertion(assertion) }
        if take("R") { return Self.newline }
        if take("N") { return .set(Self.any(withLines: false)) }
        if take("O") { return .set(Self.any(withLines: true)) }
        if take("k") { return try namedReference() }
        if let node = numberedReference() { return node }
        if let scalar = try scalarEscape(inBracket: false) { return .set(ScalarSet(scalar)) }
        return .set(try classEscape())
    }

    /// One line break; never the first half of one.
    private static let newline = PatternNode.atomic(
        .alternation([
            .sequence([.set(ScalarSet(0x0D)), .set(ScalarSet(0x0A))]),
            .set(ScalarSet(ranges: [0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])),
        ])
    )

    private mutating func assertion() -> PatternAssertion? {
        if take("b") { return .wordBoundary }
        if take("B") { return .notWordBoundary }
        if take("A") { return .textStart }
        if take("z") { return .textEnd }
        if take("Z") { return .textEndOrLastLine }
        if take("G") { return .searchStart }
        return nil
    }

    /// A letter as it is or with a backslash, where case is ignored; `nil` where something else follows.
    mutating func foldedLiteral() throws(TokenizerError) -> UInt32? {
        guard let scalar = peek() else { return nil }
        let special: [Unicode.Scalar] = ["(", ")", "[", ".", "^", "$", "*", "+", "?", "|"]
        if special.contains(where: { $0.value == scalar }) { return nil }
        if scalar != 0x5C { return try next() }
        let start = position
        position += 1
        if numberedReference() != nil {
            position = start
            return nil
        }
        let scalarOfEscape = try scalarEscape(inBracket: false)
        if scalarOfEscape == nil { position = start }
        return scalarOfEscape
    }

    /// A set of code points that has a letter.
    mutating func classEscape() throws(TokenizerError) -> ScalarSet {
        let table = ScalarClasses.shared
        let hexadecimal = ScalarSet(ranges: [0x30...0x39, 0x41...0x46, 0x61...0x66])
        switch Unicode.Scalar(try next()) {
        case "s": return ScalarSet(classes: table.whitespace)
        case "S": return ScalarSet(classes: table.all & ~table.whitespace)
        case "d": return ScalarSet(classes: table.categories["Nd"] ?? 0)
        case "D": return ScalarSet(classes: table.all & ~(table.categories["Nd"] ?? 0))
        case "w": return ScalarSet(classes: table.patternWord)
        case "W": return ScalarSet(classes: table.all & ~table.patternWord)
        case "h": return hexadecimal
        case "H":
            var set = hexadecimal
            set.invert()
            return set
        case "p": return try property(isNegated: false)
        case "P": return try property(isNegated: true)
        default:
            position -= 1
            throw unsupported("an escape")
        }
    }

    /// A code point written with a backslash; `nil` where the letter means something else.
    mutating func scalarEscape(inBracket: Bool) throws(TokenizerError) -> UInt32? {
        guard let scalar = peek(), let escape = Unicode.Scalar(scalar) else { throw unsupported("it ends too early") }
        let simple: [Unicode.Scalar: UInt32] = ["n": 0x0A, "r": 0x0D, "t": 0x09, "f": 0x0C, "v": 0x0B, "a": 7, "e": 27]
        if let value = simple[escape] {
            position += 1
            return value
        }
        switch escape {
        case "b" where inBracket:
            position += 1
            return 8
        case "x": return try hexadecimal(short: 2)
        case "u": return try hexadecimal(short: 4)
        case "0"..."7": return try octal()
        case "c":
            position += 1
            guard let control = peek(), control != 0x5C else { throw unsupported("a control character") }
            position += 1
            return control == 0x3F ? 0x7F : control & 0x9F
        case "A", "B", "C", "D", "G", "H", "K", "M", "N", "O", "P", "R", "S", "W", "X", "Y", "Z", "b", "d", "g", "h",
            "k",
            "o", "p", "s", "w", "y", "z":
            return nil
        default:
            position += 1
            return scalar
        }
    }

    private mutating func hexadecimal(short limit: Int) throws(TokenizerError) -> UInt32 {
        position += 1
        let isBraced = limit == 2 && take("{")
        var digits = ""
        while digits.utf8.count < (isBraced ? 8 : limit), let digit = peek().flatMap(Unicode.Scalar.init),
            digit.properties.isASCIIHexDigit
        {
            digits.unicodeScalars.append(digit)
            position += 1
        }
        let isComplete = isBraced ? take("}") : limit == 2 || digits.utf8.count == limit
        guard isComplete, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value),
            isBraced || limit == 4 || value < 128
        else { throw unsupported("a character number") }
        return scalar.value
    }

    /// Up to three octal digits, of which a leading zero may have only two after it.
    private mutating func octal() throws(TokenizerError) -> UInt32 {
        var value: UInt32 = 0
        var count = 0
        while count < 3, let digit = peek(), (0x30...0x37).contains(digit) {
            value = value * 8 + digit - 0x30
            position += 1
            count += 1
        }
        guard value < 128 else { throw unsupported("a character number") }
        return value
    }

    private mutating func property(isNegated: Bool) throws(TokenizerError) -> ScalarSet {
        guard take("{") else { throw unsupported("a property") }
        let isInverted = take("^") != isNegated
        var name = ""
        while let scalar = peek().flatMap(Unicode.Scalar.init), scalar != "}", name.utf8.count < 64 {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard take("}"), var set = Self.property(name) else { throw unsupported("the property \"\(name)\"") }
        if isInverted { set.invert() }
        return set
    }

    /// The code points of a property; its name may differ in case, spaces, `-` and `_`.
    static func property(_ name: String) -> ScalarSet? {
        let plain = name.unicodeScalars.filter { $0 != "_" && $0 != "-" && $0 != " " }
        let key = String(String.UnicodeScalarView(plain)).lowercased()
        if let classes = ScalarClasses.shared.category(categoryNames[key] ?? key) { return ScalarSet(classes: classes) }
        if key == "cs" || key == "surrogate" { return ScalarSet() }
        if key == "lc" || key == "casedletter" {
            let classes = ["lu", "ll", "lt"].reduce(0) { $0 | (ScalarClasses.shared.category($1) ?? 0) }
            return ScalarSet(classes: classes)
        }
        return ScalarProperties.shared.ranges(key).map { ScalarSet(ranges: $0) }
    }

    /// The general categories by their long names.
    private static let categoryNames: [String: String] = [
        "other": "c", "control": "cc", "format": "cf", "unassigned": "cn", "privateuse": "co", "letter": "l",
        "lowercaseletter": "ll", "modifierletter": "lm", "otherletter": "lo", "titlecaseletter": "lt",
        "uppercaseletter": "lu", "mark": "m", "combiningmark": "m", "spacingmark": "mc", "enclosingmark": "me",
        "nonspacingmark": "mn", "number": "n", "decimalnumber": "nd", "digit": "nd", "letternumber": "nl",
        "othernumber": "no", "punctuation": "p", "punct": "p", "connectorpunctuation": "pc", "dashpunctuation": "pd",
        "closepunctuation": "pe", "finalpunctuation": "pf", "initialpunctuation": "pi", "otherpunctuation": "po",
        "openpunctuation": "ps", "symbol": "s", "currencysymbol": "sc", "modifiersymbol": "sk", "mathsymbol": "sm",
        "othersymbol": "so", "separator": "z", "lineseparator": "zl", "paragraphseparator": "zp",
        "spaceseparator": "zs",
    ]
}
