import MartletTokenizers

/// Reads a regular expression in Python's notation, or in that of the EBNF dialects.
///
/// What would need memory of the text before or a look beyond the place is refused with a reason.
struct RegexParser {
    /// Which inline flags are on.
    struct Flags {
        /// Letters match both their cases.
        var ignoresCase = false
        /// The dot matches a line feed.
        var dotMatchesAll = false
        /// `^` and `$` match at lines.
        var isMultiline = false
        /// White space and comments of the pattern do not count.
        var isVerbose = false
        /// Classes hold ASCII characters only.
        var isASCII = false
    }

    let scalars: [Unicode.Scalar]
    let place: String
    let limits: GrammarLimits
    var position = 0
    var depth = 0
    var flags: Flags

    /// A parser of the pattern that stands at `place` of a larger source.
    init(_ pattern: String, flags: Flags, place: String, limits: GrammarLimits) {
        scalars = Array(pattern.unicodeScalars)
        self.flags = flags
        self.place = place
        self.limits = limits
    }

    /// The tree of a pattern.
    static func parse(
        _ pattern: String,
        flags: Flags = Flags(),
        place: String,
        limits: GrammarLimits
    ) throws(GrammarError) -> RegexNode {
        guard pattern.utf8.count <= limits.sourceBytes else {
            throw .tooLarge("the pattern's length", limit: limits.sourceBytes, at: place)
        }
        var parser = RegexParser(pattern, flags: flags, place: place, limits: limits)
        let node = try parser.choice()
        if parser.position < parser.scalars.count { throw parser.invalid("unbalanced `)`") }
        return node
    }

    func invalid(_ what: String) -> GrammarError {
        .invalid("regular expression: \(what) at character \(position)", at: place)
    }

    func unsupported(_ what: String) -> GrammarError {
        .unsupported("\(what) in a regular expression (character \(position))", at: place)
    }

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    mutating func take(text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard position + wanted.count <= scalars.count,
            scalars[position..<(position + wanted.count)].elementsEqual(wanted)
        else { return false }
        position += wanted.count
        return true
    }

    // MARK: - Structure

    private mutating func choice() throws(GrammarError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.nesting else {
            throw .tooLarge("the nesting of groups", limit: limits.nesting, at: place)
        }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(GrammarError) -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if flags.isVerbose, skipVerbose(scalar) { continue }
            guard let atom = try atom() else { continue }
            parts.append(try quantified(atom))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func skipVerbose(_ scalar: Unicode.Scalar) -> Bool {
        if UnicodeSets.asciiSpaces.contains(scalar.value) {
            position += 1
            return true
        }
        guard scalar == "#" else { return false }
        while let scalar = next, scalar != "\n" { _ = take(scalar) }
        return true
    }

    private mutating func quantified(_ atom: RegexNode) throws(GrammarError) -> RegexNode {
        if flags.isVerbose { while let scalar = next, skipVerbose(scalar) {} }
        guard let (minimum, maximum) = try quantifier() else { return atom }
        if take("+") { throw unsupported("a possessive quantifier") }
        _ = take("?")
        if case .assertion = atom { return minimum == 0 ? .empty : atom }
        let mark = position
        if try quantifier() != nil {
            position = mark
            throw invalid("a quantifier follows a quantifier")
        }
        return .repetition(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func quantifier() throws(GrammarError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard next == "{" else { return nil }
        let start = position
        position += 1
        let minimum = try number()
        var maximum = minimum
        if take(",") { maximum = try number() } else if minimum == nil { return literalBrace(start) }
        guard take("}"), minimum != nil || position > start + 3 else { return literalBrace(start) }
        if let minimum, let maximum, maximum < minimum { throw invalid("a repeat's bounds are in the wrong order") }
        return (minimum ?? 0, maximum)
    }

    /// A brace that begins no bounds is itself.
    private mutating func literalBrace(_ start: Int) -> (Int, Int?)? {
        position = start
        return nil
    }

    private mutating func number() throws(GrammarError) -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            position += 1
            let larger = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            guard larger <= limits.textStates else {
                throw .tooLarge("a repeat's bound", limit: limits.textStates, at: place)
            }
            value = larger
        }
        return value
    }

    /// The next part that a quantifier may follow, or `nil` for what takes no part in the tree.
    private mutating func atom() throws(GrammarError) -> RegexNode? {
        guard let scalar = next else { return nil }
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return .scalars(try characterClass())
        case ".":
            return .scalars(flags.dotMatchesAll ? .all : ScalarRanges(0x0A).inverted)
        case "^": return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escape()
        case "*", "+", "?":
            position -= 1
            throw invalid("nothing to repeat")
        default: return .scalars(cased(ScalarRanges(scalar.value)))
        }
    }

    func cased(_ set: ScalarRanges) -> ScalarRanges {
        flags.ignoresCase ? UnicodeSets.ignoringCase(set) : set
    }

    private mutating func group() throws(GrammarError) -> RegexNode? {
        let saved = flags
        if take("?") {
            if take("#") {
                while let scalar = next, scalar != ")" { position += 1 }
                guard take(")") else { throw invalid("a comment has no end") }
                return nil
            }
            if take(text: "=") || take(text: "!") || take(text: "<=") || take(text: "<!") {
                throw unsupported("lookaround, which looks beyond the text that it matches,")
            }
            if take(">") { throw unsupported("an atomic group") }
            if take("(") { throw unsupported("a conditional group") }
            if take(text: "P=") { throw unsupported("a backreference") }
            if take("P") || next == "<" {
                try groupName()
            } else if !take(":"), try inlineFlags() {
                // flags for the rest of the enclosing group
                return nil
            }
        }
        let node = try choice()
        guard take(")") else { throw invalid("a group has no `)`") }
        flags = saved
        return node
    }

    private mutating func groupName() throws(GrammarError) {
        guard take("<") else { throw invalid("a group's name must stand in `<>`") }
        let start = position
        while let scalar = next, scalar != ">", scalar.properties.isXIDContinue { position += 1 }
        guard position > start, take(">") else { throw invalid("a group's name is not an identifier") }
    }

    /// Reads flags and returns whether they stand alone, as in `(?i)`.
    private mutating func inlineFlags() throws(GrammarError) -> Bool {
        var isOn = true
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "s": flags.dotMatchesAll = isOn
            case "m": flags.isMultiline = isOn
            case "x": flags.isVerbose = isOn
            case "a": flags.isASCII = isOn
            case "u": flags.isASCII = !isOn
            case "-": isOn = false
            case ":": return false
            case ")": return true
            default: throw invalid("unknown group extension `?\(scalar)`")
            }
        }
        throw invalid("a group has no `)`")
    }
}
