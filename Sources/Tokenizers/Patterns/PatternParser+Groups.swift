extension PatternParser {
    /// Parses what follows an opening parenthesis.
    mutating func group() throws(TokenizerError) -> PatternNode {
        let outer = options
        defer { options = outer }
        guard isNext("?") else {
            if isNext("*") { throw unsupported("a callout") }
            return capturesOnlyNames ? try closed() : try captured()
        }
        if take("?:") { return try closed() }
        if take("?=") { return .look(try closed(), isNegated: false) }
        if take("?!") { return .look(try closed(), isNegated: true) }
        if take("?>") { return .atomic(try closed()) }
        if take("?<=") { return try lookBehind(isNegated: false) }
        if take("?<!") { return try lookBehind(isNegated: true) }
        if take("?<") { return try named(until: ">") }
        if take("?'") { return try named(until: "'") }
        return try optionGroup()
    }

    /// Parses up to the closing parenthesis.
    private mutating func closed() throws(TokenizerError) -> PatternNode {
        let node = try alternation()
        guard take(")") else { throw unsupported("a group that does not end") }
        return node
    }

    private mutating func captured() throws(TokenizerError) -> PatternNode {
        captureCount += 1
        let number = captureCount
        return .capture(number, try closed())
    }

    private mutating func named(until end: Unicode.Scalar) throws(TokenizerError) -> PatternNode {
        let name = try name(until: end)
        names[name, default: []].append(captureCount + 1)
        return try captured()
    }

    private mutating func lookBehind(isNegated: Bool) throws(TokenizerError) -> PatternNode {
        lookBehindDepth += 1
        defer { lookBehindDepth -= 1 }
        return .lookBehind(try closed(), isNegated: isNegated)
    }

    /// A name of word characters that does not begin with a digit, and the character after it.
    private mutating func name(until end: Unicode.Scalar) throws(TokenizerError) -> [UInt32] {
        let table = ScalarClasses.shared
        var name: [UInt32] = []
        while let scalar = peek(), scalar != end.value {
            guard table.bit(scalar) & table.patternWord != 0 else { throw unsupported("the name of a group") }
            name.append(scalar)
            position += 1
        }
        guard let first = name.first, !(0x30...0x39).contains(first), take(String(end)) else {
            throw unsupported("the name of a group")
        }
        return name
    }

    /// `?imx-imx:…`, or `?imx-imx`, which holds up to the end of the group around it.
    private mutating func optionGroup() throws(TokenizerError) -> PatternNode {
        let start = position
        position += 1
        var isOn = true
        while let letter = peek().flatMap(Unicode.Scalar.init), letter != ":", letter != ")" {
            switch letter {
            case "-": isOn = false
            case "i": options.ignoresCase = isOn
            case "m": options.matchesLines = isOn
            case "x": options.isExtended = isOn
            default:
                position = start
                throw unsupported("a group of this kind")
            }
            position += 1
        }
        if take(":") { return try closed() }
        guard take(")") else { throw unsupported("a group that does not end") }
        return try alternation()
    }

    /// Parses what follows `\k`.
    mutating func namedReference() throws(TokenizerError) -> PatternNode {
        let isAngle = take("<")
        guard isAngle || take("'") else { throw unsupported("a reference to no group") }
        let end: Unicode.Scalar = isAngle ? ">" : "'"
        let isBackward = take("-")
        if let value = number() {
            let number = isBackward ? captureCount + 1 - value : value
            guard number > 0, take(String(end)) else { throw unsupported("a reference to no group") }
            references.insert(number)
            return .backreference([number], ignoresCase: options.ignoresCase)
        }
        guard !isBackward else { throw unsupported("a reference to no group") }
        guard let numbers = names[try name(until: end)] else { throw unsupported("a reference to no group") }
        return .backreference(numbers.reversed(), ignoresCase: options.ignoresCase)
    }

    /// Parses what follows a backslash, where it is a number of a group.
    mutating func numberedReference() -> PatternNode? {
        let start = position
        guard let first = peek(), (0x31...0x39).contains(first), let value = number() else { return nil }
        guard value <= 9 || value <= captureCount else {
            position = start
            return nil
        }
        references.insert(value)
        return .backreference([value], ignoresCase: options.ignoresCase)
    }
}
