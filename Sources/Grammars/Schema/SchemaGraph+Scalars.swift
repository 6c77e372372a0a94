import MartletJSON

extension SchemaGraph {
    // MARK: - Numbers

    /// The numbers that the keywords of a schema leave.
    func numberSet(_ schema: JSONObject, at place: String) throws(GrammarError) -> TextSet {
        var result = TextSet.all
        func keep(_ texts: TextAutomaton) throws(GrammarError) {
            result = try result.intersection(TextSet(texts), limits: limits)
        }
        // in draft 4 `exclusiveMinimum` is a flag of `minimum`
        let excludes = (schema["exclusiveMinimum"]?.bool ?? false, schema["exclusiveMaximum"]?.bool ?? false)
        if let bound = try number(schema, "minimum", at: place) {
            try keep(NumberTexts.compared(to: bound, limits: limits) { excludes.0 ? $0 > 0 : $0 >= 0 })
        }
        if let bound = try number(schema, "maximum", at: place) {
            try keep(NumberTexts.compared(to: bound, limits: limits) { excludes.1 ? $0 < 0 : $0 <= 0 })
        }
        if schema["exclusiveMinimum"]?.bool == nil, let bound = try number(schema, "exclusiveMinimum", at: place) {
            try keep(NumberTexts.compared(to: bound, limits: limits) { $0 > 0 })
        }
        if schema["exclusiveMaximum"]?.bool == nil, let bound = try number(schema, "exclusiveMaximum", at: place) {
            try keep(NumberTexts.compared(to: bound, limits: limits) { $0 < 0 })
        }
        if let divisor = try number(schema, "multipleOf", at: place) {
            guard !divisor.isNegative, !divisor.isZero else {
                throw .invalid("`multipleOf` must be above 0", at: place + "/multipleOf")
            }
            guard let multiples = try NumberTexts.multiples(of: divisor, limits: limits) else {
                throw .tooLarge("the digits of `multipleOf`", limit: limits.textStates, at: place + "/multipleOf")
            }
            try keep(multiples)
        }
        switch schema["format"]?.string {
        case "int32": try keep(Self.integers(bits: 32, limits: limits))
        case "int64": try keep(Self.integers(bits: 64, limits: limits))
        default: break
        }
        return result
    }

    private static func integers(bits: Int, limits: GrammarLimits) throws(GrammarError) -> TextAutomaton {
        let bounds = bits == 32 ? (Int(Int32.min), Int(Int32.max)) : (Int.min, Int.max)
        guard let low = DecimalNumber(.integer(bounds.0)), let high = DecimalNumber(.integer(bounds.1)) else {
            return NumberTexts.integers
        }
        let above = try NumberTexts.compared(to: low, limits: limits) { $0 >= 0 }
        let below = try NumberTexts.compared(to: high, limits: limits) { $0 <= 0 }
        return try above.combined(.intersection, below, limits: limits)
    }

    private func number(
        _ schema: JSONObject,
        _ keyword: String,
        at place: String
    ) throws(GrammarError) -> DecimalNumber? {
        guard let value = schema[keyword] else { return nil }
        guard value.double != nil else {
            throw .invalid("`\(keyword)` must be a number", at: place + "/\(keyword)")
        }
        guard let number = DecimalNumber(value) else {
            throw .tooLarge("the digits of `\(keyword)`", limit: DecimalNumber.digitLimit, at: place + "/\(keyword)")
        }
        return number
    }

    /// A keyword's count, such as that of `minItems`.
    func count(_ schema: JSONObject, _ keyword: String, at place: String) throws(GrammarError) -> Int? {
        guard let value = schema[keyword] else { return nil }
        guard let count = value.integer, count >= 0 else {
            throw .invalid("`\(keyword)` must be a whole number of 0 or more", at: place + "/\(keyword)")
        }
        return count
    }

    // MARK: - Strings

    /// The strings that the keywords of a schema leave.
    func stringSet(_ schema: JSONObject, at place: String) throws(GrammarError) -> TextSet {
        var result = TextSet.all
        if let pattern = schema["pattern"] {
            guard let text = pattern.string else {
                throw .invalid("`pattern` must be a string", at: place + "/pattern")
            }
            let texts = try Self.texts(matching: text, at: place + "/pattern", limits: limits)
            result = try result.intersection(TextSet(texts), limits: limits)
        }
        if let format = schema["format"] {
            guard let name = format.string else { throw .invalid("`format` must be a string", at: place + "/format") }
            let texts = try StringFormats.texts(named: name, at: place + "/format")
            result = try result.intersection(texts, limits: limits)
        }
        let minimum = try count(schema, "minLength", at: place) ?? 0
        let maximum = try count(schema, "maxLength", at: place)
        if let maximum, maximum < minimum { return .none }
        if minimum > 0 || maximum != nil {
            for (keyword, value) in [("minLength", minimum), ("maxLength", maximum ?? 0)]
            where value >= limits.textStates {
                throw .tooLarge("`\(keyword)`", limit: limits.textStates, at: place + "/\(keyword)")
            }
            let lengths = try TextAutomaton.length(atLeast: minimum, atMost: maximum, limits: limits)
            result = try result.intersection(TextSet(lengths), limits: limits)
        }
        return result
    }

    /// The texts of which a pattern matches a part.
    static func texts(
        matching pattern: String,
        at place: String,
        limits: GrammarLimits
    ) throws(GrammarError) -> TextAutomaton {
        let node = try RegexParser.parse(pattern, place: place, limits: limits)
        return try RegexCompiler.compile(node, isSearch: true, place: place, limits: limits)
    }
}
