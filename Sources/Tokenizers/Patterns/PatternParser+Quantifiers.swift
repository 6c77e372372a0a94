extension PatternParser {
    /// The most repetitions that a quantifier may ask for.
    private static let countLimit = 100_000

    /// Whether a quantifier is next.
    var isQuantifier: Bool {
        var copy = self
        return isNext("*") || isNext("+") || isNext("?") || copy.interval() != nil
    }

    /// The node with the quantifiers that follow it.
    mutating func repeated(_ node: PatternNode) throws(TokenizerError) -> PatternNode {
        var node = node
        var quantifierCount = 0
        while skipComments(), let repetition = try quantifier() {
            quantifierCount += 1
            guard quantifierCount <= 8 else { throw unsupported("too many quantifiers in a row") }
            node = Self.applied(repetition, to: node)
        }
        return node
    }

    private mutating func quantifier() throws(TokenizerError) -> PatternRepetition? {
        var repetition: PatternRepetition
        var allowsLazy = true
        var allowsPossessive = true
        if take("*") {
            repetition = PatternRepetition(minimum: 0, maximum: nil, mode: .greedy)
        } else if take("+") {
            repetition = PatternRepetition(minimum: 1, maximum: nil, mode: .greedy)
        } else if take("?") {
            repetition = PatternRepetition(minimum: 0, maximum: 1, mode: .greedy)
        } else if let found = interval() {
            repetition = found
            guard max(found.minimum, found.maximum ?? 0) <= Self.countLimit else {
                throw unsupported("a count beyond \(Self.countLimit)")
            }
            // after braces a plus is a repetition of the repetition, and after a single count a question mark too
            allowsPossessive = false
            allowsLazy = found.mode == .greedy && found.minimum != found.maximum
        } else {
            return nil
        }
        if allowsLazy, take("?") {
            repetition.mode = .lazy
        } else if allowsPossessive, take("+") {
            repetition.mode = .possessive
        }
        return repetition
    }

    /// Consumes `{n}`, `{n,}`, `{,m}`, `{n,m}`; other braces are ordinary characters.
    private mutating func interval() -> PatternRepetition? {
        let start = position
        guard take("{") else { return nil }
        let minimum = number()
        let hasComma = take(",")
        let maximum = hasComma ? number() : minimum
        guard take("}"), minimum != nil || maximum != nil else {
            position = start
            return nil
        }
        if let minimum, let maximum, minimum > maximum {
            return PatternRepetition(minimum: maximum, maximum: minimum, mode: .possessive)
        }
        return PatternRepetition(minimum: minimum ?? 0, maximum: maximum, mode: .greedy)
    }

    /// The repetition of a node; a repeated repetition may be a simpler one.
    private static func applied(_ repetition: PatternRepetition, to node: PatternNode) -> PatternNode {
        if repetition.mode == .possessive {
            var greedy = repetition
            greedy.mode = .greedy
            if case .set = node { return .repetition(node, repetition) }
            return .atomic(applied(greedy, to: node))
        }
        if repetition.minimum == 1, repetition.maximum == 1 { return node }
        guard case .repetition(let inner, let first) = node, first.mode != .possessive else {
            return .repetition(node, repetition)
        }
        if let child = kind(first), let parent = kind(repetition) {
            return simplified(child, parent, inner) ?? .repetition(node, repetition)
        }
        if let count = first.maximum, first.minimum == count, let times = repetition.maximum,
            repetition.minimum == times, count * times <= countLimit
        {
            return .repetition(inner, PatternRepetition(minimum: count * times, maximum: count * times, mode: .greedy))
        }
        return .repetition(node, repetition)
    }

    /// The kinds `?`, `*`, `+`, `??`, `*?` and `+?` as numbers; `nil` for another.
    private static func kind(_ repetition: PatternRepetition) -> Int? {
        let lazy = repetition.mode == .lazy ? 3 : 0
        switch (repetition.minimum, repetition.maximum) {
        case (0, 1): return lazy
        case (0, nil): return lazy + 1
        case (1, nil): return lazy + 2
        default: return nil
        }
    }

    /// Per inner kind, what each outer kind of it is: `c` the inner one, `*`, `+`, `l` for `*?`, `q` for `??`, `n` for
    /// `+` within `??`, `=` nothing simpler.
    private static let simplifications = ["c**ql=", "cccnnc", "**c=nc", "cllcll", "cccccc", "=*+llc"].map {
        Array($0.utf8)
    }

    /// One repetition for two.
    private static func simplified(_ child: Int, _ parent: Int, _ inner: PatternNode) -> PatternNode? {
        func simple(_ minimum: Int, _ maximum: Int?, _ mode: PatternRepetition.Mode) -> PatternRepetition {
            PatternRepetition(minimum: minimum, maximum: maximum, mode: mode)
        }
        let kinds = [simple(0, 1, .greedy), simple(0, nil, .greedy), simple(1, nil, .greedy)]
        switch simplifications[child][parent] {
        case UInt8(ascii: "c"):
            var same = kinds[child % 3]
            if child >= 3 { same.mode = .lazy }
            return .repetition(inner, same)
        case UInt8(ascii: "*"): return .repetition(inner, simple(0, nil, .greedy))
        case UInt8(ascii: "+"): return .repetition(inner, simple(1, nil, .greedy))
        case UInt8(ascii: "l"): return .repetition(inner, simple(0, nil, .lazy))
        case UInt8(ascii: "q"): return .repetition(inner, simple(0, 1, .lazy))
        case UInt8(ascii: "n"):
            return .repetition(.repetition(inner, simple(1, nil, .greedy)), simple(0, 1, .lazy))
        default: return nil
        }
    }
}
