extension PatternParser {
    /// Parses what follows an opening bracket.
    mutating func bracketNode() throws(TokenizerError) -> PatternNode {
        var (set, isNegated) = try bracket()
        guard options.ignoresCase else {
            if isNegated { set.invert() }
            return .set(set)
        }
        let folding = CaseFolding.shared
        set = folding.closure(set)
        if isNegated {
            set.invert()
            return .set(set)
        }
        let table = ScalarClasses.shared
        // a member that equals several code points matches those too
        let several = folding.multiples.filter { set.contains($0.scalar, table) }
        if several.isEmpty || lookBehindDepth > 0 { return .set(set) }
        return .alternation(
            [.set(set)]
                + several.map { .sequence($0.text.map { .set(ScalarSet(ranges: folding.equals($0).map { $0...$0 })) }) }
        )
    }

    /// The members up to the closing bracket, and whether they are what does not match.
    private mutating func bracket() throws(TokenizerError) -> (ScalarSet, isNegated: Bool) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw unsupported("it is nested too deep") }
        let isNegated = take("^")
        var whole: ScalarSet?
        var set = ScalarSet()
        // single characters, which join the set together
        var ranges: [ClosedRange<UInt32>] = []
        // a closing bracket that comes first is a member, if there is another
        var isFirst = isNext("]") && text[(position + 1)...].contains(0x5D)
        if isNext("]"), !isFirst { throw unsupported("an empty set") }
        while isFirst || !isNext("]") {
            if take("&&") {
                set.formUnion(ScalarSet(ranges: ranges))
                whole = Self.intersection(whole, set)
                (set, ranges) = (ScalarSet(), [])
            } else if let range = try member(into: &set) {
                ranges.append(range)
            }
            isFirst = false
        }
        position += 1
        set.formUnion(ScalarSet(ranges: ranges))
        return (Self.intersection(whole, set), isNegated)
    }

    private static func intersection(_ whole: ScalarSet?, _ set: ScalarSet) -> ScalarSet {
        guard var whole else { return set }
        whole.formIntersection(set)
        return whole
    }

    /// The next character or range; `nil` when a class or a set within the set was added to the set instead.
    private mutating func member(into set: inout ScalarSet) throws(TokenizerError) -> ClosedRange<UInt32>? {
        if take("[:") {
            set.formUnion(try namedClass())
            return nil
        }
        if take("[") {
            var (inner, isNegated) = try bracket()
            if isNegated { inner.invert() }
            set.formUnion(inner)
            return nil
        }
        guard let lower = try scalar(into: &set) else { return nil }
        guard isNext("-"), !isNext("]", at: 1), !(isNext("&", at: 1) && isNext("&", at: 2)) else {
            return lower...lower
        }
        position += 1
        var other = ScalarSet()
        guard !isNext("["), let upper = try scalar(into: &other), lower <= upper else {
            throw unsupported("a range that is none")
        }
        return lower...upper
    }

    /// One code point of a set; `nil` when a class such as `\s` was added to the set instead.
    private mutating func scalar(into set: inout ScalarSet) throws(TokenizerError) -> UInt32? {
        guard take("\\") else { return try next() }
        if let scalar = try scalarEscape(inBracket: true) { return scalar }
        if isNext("R") || isNext("X") { throw unsupported("an escape") }
        set.formUnion(try classEscape())
        return nil
    }

    /// Parses what follows `[:`.
    private mutating func namedClass() throws(TokenizerError) -> ScalarSet {
        let isNegated = take("^")
        var name = ""
        while let scalar = peek().flatMap(Unicode.Scalar.init), scalar.isASCII, scalar.properties.isAlphabetic {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        let names = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
            "xdigit", "word",
        ]
        guard names.contains(name), take(":]"), var set = Self.property(name == "punct" ? "posixpunct" : name) else {
            throw unsupported("a class of this name")
        }
        if isNegated { set.invert() }
        return set
    }
}
