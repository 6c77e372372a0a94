/// Parses the part of Oniguruma's syntax that tokenizers use; anything else is an error, never a guess.
struct PatternParser {
    private let pattern: String
    private let text: [UInt32]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false

    private init(_ pattern: String) {
        self.pattern = pattern
        text = scalars(of: Array(pattern.utf8))
    }

    /// The tree of a regular expression.
    static func parse(_ pattern: String) throws(TokenizerError) -> PatternNode {
        var parser = PatternParser(pattern)
        guard parser.text.count <= 10_000 else { throw parser.unsupported("it is too long") }
        let node = try parser.alternation()
        guard parser.position == parser.text.count else { throw parser.unsupported("unexpected ')'") }
        return node
    }

    private func unsupported(_ reason: String) -> TokenizerError {
        .unsupportedPattern(pattern: pattern, offset: position, reason: reason)
    }

    private func peek(_ offset: Int = 0) -> UInt32? {
        position + offset < text.count ? text[position + offset] : nil
    }

    private func isNext(_ character: Unicode.Scalar, at offset: Int = 0) -> Bool {
        peek(offset) == character.value
    }

    private mutating func take(_ expected: String) -> Bool {
        let wanted = expected.unicodeScalars.map(\.value)
        guard text[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func next() throws(TokenizerError) -> UInt32 {
        guard let scalar = peek() else { throw unsupported("it ends too early") }
        position += 1
        return scalar
    }

    private mutating func alternation() throws(TokenizerError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw unsupported("it is nested too deep") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternation(branches)
    }

    private mutating func sequence() throws(TokenizerError) -> PatternNode {
        var nodes: [PatternNode] = []
        while position < text.count, !isNext("|"), !isNext(")") {
            nodes.append(try repeated(try atom()))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repeated(_ node: PatternNode) throws(TokenizerError) -> PatternNode {
        guard var repetition = try quantifier() else { return node }
        let allowsPossessive = text[position - 1] != Unicode.Scalar("}").value
        if take("?") {
            repetition.mode = .lazy
        } else if isNext("+") {
            position += 1
            if allowsPossessive {
                repetition.mode = .possessive
            } else {
                // after braces a plus is no possessive mark but a repetition of the repetition
                guard case .set = node, repetition.minimum <= 1 else { throw unsupported("a repeated quantifier") }
                repetition.maximum = nil
            }
        }
        if isNext("*") || isNext("+") || isNext("?") { throw unsupported("a repeated quantifier") }
        switch node {
        case .set: return .repetition(node, repetition)
        case .look, .assertion: throw unsupported("a repeated condition")
        default: break
        }
        let length = node.length
        if repetition.mode == .possessive { throw unsupported("a possessive group") }
        if repetition.maximum.map({ $0 > 1 }) ?? true, length.minimum != length.maximum || length.minimum == 0 {
            throw unsupported("a repeated group of varying length")
        }
        return .repetition(node, repetition)
    }

    private mutating func quantifier() throws(TokenizerError) -> PatternRepetition? {
        if take("*") { return PatternRepetition(minimum: 0, maximum: nil, mode: .greedy) }
        if take("+") { return PatternRepetition(minimum: 1, maximum: nil, mode: .greedy) }
        if take("?") { return PatternRepetition(minimum: 0, maximum: 1, mode: .greedy) }
        guard take("{") else { return nil }
        let minimum = number()
        let hasComma = take(",")
        let maximum = hasComma ? number() : minimum
        guard take("}"), minimum != nil || (hasComma && maximum != nil) else { throw unsupported("a brace") }
        if let minimum, let maximum, minimum > maximum { throw unsupported("an inverted count") }
        guard max(minimum ?? 0, maximum ?? 0) <= 1000 else { throw unsupported("a count beyond 1000") }
        return PatternRepetition(minimum: minimum ?? 0, maximum: maximum, mode: .greedy)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = peek(), (0x30...0x39).contains(digit), (value ?? 0) < 10_000 {
            value = (value ?? 0) * 10 + Int(digit - 0x30)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(TokenizerError) -> PatternNode {
        if take("(") { return try group() }
        if take("[") { return .set(try bracket()) }
        if take(".") {
            var set = ScalarSet(0x0A)
            set.invert()
            return .set(set)
        }
        if take("^") { return .assertion(.lineStart) }
        if take("$") { return .assertion(.lineEnd) }
        if isNext("*") || isNext("+") || isNext("?") { throw unsupported("nothing to repeat") }
        if take("\\") {
            if let assertion = assertionEscape() { return .assertion(assertion) }
            return .set(try escape(inBracket: false))
        }
        return .set(try folded(try next()))
    }

    private mutating func group() throws(TokenizerError) -> PatternNode {
        let outerIgnoresCase = ignoresCase
        defer { ignoresCase = outerIgnoresCase }
        var lookNegation: Bool?
        if take("?i:") {
            ignoresCase = true
        } else if take("?=") {
            lookNegation = false
        } else if take("?!") {
            lookNegation = true
        } else if !take("?:"), isNext("?") {
            throw unsupported("a group of this kind")
        }
        let node = try alternation()
        guard take(")") else { throw unsupported("a group that does not end") }
        return lookNegation.map { .look(node, isNegated: $0) } ?? node
    }

    private mutating func assertionEscape() -> PatternAssertion? {
        if take("b") { return .wordBoundary }
        if take("B") { return .notWordBoundary }
        if take("A") { return .textStart }
        if take("z") { return .textEnd }
        if take("Z") { return .textEndOrLastLine }
        return nil
    }
}

// MARK: - Sets

extension PatternParser {
    private mutating func bracket() throws(TokenizerError) -> ScalarSet {
        let isNegated = take("^")
        var set = ScalarSet()
        var isFirst = true
        while isFirst || !isNext("]") {
            if isNext("]") { throw unsupported("an empty set") }
            isFirst = false
            if isNext("[") { throw unsupported("a set within a set") }
            if isNext("&"), isNext("&", at: 1) { throw unsupported("an intersection") }
            try member(into: &set)
        }
        position += 1
        if isNegated { set.invert() }
        return set
    }

    private mutating func member(into set: inout ScalarSet) throws(TokenizerError) {
        guard let lower = try setScalar(into: &set) else { return }
        guard isNext("-"), !isNext("]", at: 1) else {
            set.formUnion(try folded(lower))
            return
        }
        position += 1
        guard !isNext("["), let upper = try setScalar(into: &set), lower <= upper else {
            throw unsupported("a range that is none")
        }
        if ignoresCase { throw unsupported("a range that ignores case") }
        set.insert(lower...upper)
    }

    /// One code point of a set; `nil` when a class such as `\s` was added to the set instead.
    private mutating func setScalar(into set: inout ScalarSet) throws(TokenizerError) -> UInt32? {
        guard take("\\") else { return try next() }
        if let scalar = try scalarEscape() { return scalar }
        set.formUnion(try escape(inBracket: true))
        return nil
    }

    private func folded(_ scalar: UInt32) throws(TokenizerError) -> ScalarSet {
        var set = ScalarSet(scalar)
        guard ignoresCase else { return set }
        guard scalar < 128 else { throw unsupported("a letter beyond ASCII that ignores case") }
        let lower = scalar | 0x20
        guard (0x61...0x7A).contains(lower) else { return set }
        set.insert(lower...lower)
        set.insert((lower - 0x20)...(lower - 0x20))
        if lower == 0x73 { set.insert(0x17F...0x17F) }
        if lower == 0x6B { set.insert(0x212A...0x212A) }
        return set
    }

    /// What follows a backslash, as a set.
    private mutating func escape(inBracket: Bool) throws(TokenizerError) -> ScalarSet {
        if let scalar = try scalarEscape() { return try folded(scalar) }
        let table = ScalarClasses.shared
        switch Unicode.Scalar(try next()) {
        case "s": return ScalarSet(classes: table.whitespace)
        case "S": return ScalarSet(classes: table.all & ~table.whitespace)
        case "d": return ScalarSet(classes: table.categories["Nd"] ?? 0)
        case "D": return ScalarSet(classes: table.all & ~(table.categories["Nd"] ?? 0))
        case "w": return ScalarSet(classes: table.patternWord)
        case "W": return ScalarSet(classes: table.all & ~table.patternWord)
        case "p": return ScalarSet(classes: try property(isNegated: false))
        case "P": return ScalarSet(classes: try property(isNegated: true))
        default:
            position -= 1
            throw unsupported("an escape")
        }
    }

    /// A code point written with a backslash, or `nil` where the escape is a class.
    private mutating func scalarEscape() throws(TokenizerError) -> UInt32? {
        guard let scalar = peek(), let escape = Unicode.Scalar(scalar) else { throw unsupported("it ends too early") }
        let simple: [Unicode.Scalar: UInt32] = ["n": 0x0A, "r": 0x0D, "t": 0x09, "f": 0x0C, "v": 0x0B, "a": 7, "e": 27]
        if let value = simple[escape] {
            position += 1
            return value
        }
        if escape == "x" || escape == "u" { return try hexadecimal(isShort: escape == "x") }
        let isAlphanumeric = escape.isASCII && (escape.properties.isAlphabetic || ("0"..."9").contains(escape))
        if isAlphanumeric { return nil }
        position += 1
        return scalar
    }

    private mutating func hexadecimal(isShort: Bool) throws(TokenizerError) -> UInt32 {
        position += 1
        let isBraced = isShort && take("{")
        let limit = isBraced ? 8 : isShort ? 2 : 4
        var digits = ""
        while digits.utf8.count < limit, let digit = peek().flatMap(Unicode.Scalar.init),
            digit.properties.isASCIIHexDigit
        {
            digits.unicodeScalars.append(digit)
            position += 1
        }
        let isComplete = isBraced ? take("}") : digits.utf8.count == limit
        guard isComplete, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value),
            isBraced || !isShort || value < 128
        else { throw unsupported("a character number") }
        return scalar.value
    }

    private mutating func property(isNegated: Bool) throws(TokenizerError) -> UInt64 {
        guard take("{") else { throw unsupported("a property") }
        let isInverted = take("^") != isNegated
        var name = ""
        while let scalar = peek().flatMap(Unicode.Scalar.init), scalar != "}", name.utf8.count < 32 {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard take("}"), let mask = ScalarClasses.shared.category(name) else {
            throw unsupported("the property \"\(name)\"")
        }
        return isInverted ? ScalarClasses.shared.all & ~mask : mask
    }
}
