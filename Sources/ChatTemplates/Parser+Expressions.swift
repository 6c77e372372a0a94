extension Parser {
    static let constants: Set<String> = ["true", "false", "none", "True", "False", "None"]

    private func node(_ kind: Expression.Kind, _ place: Int, _ children: Expression?...) throws(TemplateError)
        -> Expression
    {
        try node(kind, place, deepest: children.reduce(0) { max($0, $1?.depth ?? 0) })
    }

    private func node(_ kind: Expression.Kind, _ place: Int, deepest: Int) throws(TemplateError) -> Expression {
        if deepest >= Parser.maximumDepth { throw tooDeep() }
        return Expression(kind: kind, offset: place, depth: deepest + 1)
    }

    private func deepest(_ expressions: [Expression]) -> Int { expressions.reduce(0) { max($0, $1.depth) } }

    // MARK: - Tuples and conditions

    func isTupleEnd(stopsAt name: String? = nil) -> Bool {
        switch current {
        case .variableEnd, .blockEnd, .symbol(.rparen): true
        case .name(let current): current == name
        default: false
        }
    }

    /// An expression, or several with commas between them.
    mutating func tuple(
        allowsConditional: Bool = true,
        stopsAt name: String? = nil,
        isParenthesized: Bool = false
    ) throws(TemplateError) -> Expression {
        let place = offset
        var elements: [Expression] = []
        var isTuple = false
        while !isTupleEnd(stopsAt: name) {
            elements.append(allowsConditional ? try expression() : try binary(.or))
            guard isSymbol(.comma) else { break }
            isTuple = true
            advance()
        }
        if !isTuple {
            if let only = elements.first { return only }
            if !isParenthesized {
                throw error("Expected an expression, got \(PythonFormat.quoted(Parser.describe(current)))")
            }
        }
        return try node(.tuple(elements), place, deepest: deepest(elements))
    }

    /// An expression with its conditions (`a if b else c`).
    mutating func expression() throws(TemplateError) -> Expression {
        nesting += 1
        defer { nesting -= 1 }
        if nesting > Parser.maximumNesting { throw tooDeep() }
        let place = offset
        let unknownCount = unknownNames.count
        var result = try binary(.or)
        while skipName("if") {
            let test = try binary(.or)
            let otherwise = skipName("else") ? try expression() : nil
            result = try node(
                .conditional(test: test, then: result, otherwise: otherwise),
                place,
                test,
                result,
                otherwise
            )
            unknownNames.removeSubrange(unknownCount...)
        }
        return result
    }

    // MARK: - Operators

    /// The levels of precedence, loosest first.
    enum Level: Int {
        case or
        case and
        case not
        case comparison
        case sum
        case concatenation
        case product
        case power

        var next: Level { Level(rawValue: rawValue + 1) ?? .power }
    }

    private mutating func operand(above level: Level) throws(TemplateError) -> Expression {
        level == .power ? try unary() : try binary(level.next)
    }

    mutating func binary(_ level: Level) throws(TemplateError) -> Expression {
        let place = offset
        switch level {
        case .not: return try negation()
        case .comparison: return try comparison()
        case .concatenation: return try concatenation()
        default: break
        }
        var left = try operand(above: level)
        while let combine = binaryOperator(level) {
            advance()
            let right = try operand(above: level)
            left = try node(combine(left, right), place, left, right)
        }
        return left
    }

    private func binaryOperator(_ level: Level) -> ((Expression, Expression) -> Expression.Kind)? {
        switch (level, current) {
        case (.or, .name("or")): return { .or($0, $1) }
        case (.and, .name("and")): return { .and($0, $1) }
        case (.sum, .symbol(.add)): return { .arithmetic(.add, $0, $1) }
        case (.sum, .symbol(.sub)): return { .arithmetic(.subtract, $0, $1) }
        case (.product, .symbol(.mul)): return { .arithmetic(.multiply, $0, $1) }
        case (.product, .symbol(.div)): return { .arithmetic(.divide, $0, $1) }
        case (.product, .symbol(.floordiv)): return { .arithmetic(.floorDivide, $0, $1) }
        case (.product, .symbol(.mod)): return { .arithmetic(.modulo, $0, $1) }
        case (.power, .symbol(.pow)): return { .arithmetic(.power, $0, $1) }
        default: return nil
        }
    }

    private mutating func negation() throws(TemplateError) -> Expression {
        let place = offset
        guard skipName("not") else { return try binary(.comparison) }
        nesting += 1
        defer { nesting -= 1 }
        if nesting > Parser.maximumNesting { throw tooDeep() }
        let operand = try negation()
        return try node(.not(operand), place, operand)
    }

    private mutating func comparison() throws(TemplateError) -> Expression {
        let place = offset
        let first = try binary(.sum)
        var comparisons: [Expression.Comparison] = []
        while let comparator = comparisonOperator() {
            advance()
            if comparator == .isNotIn { advance() }
            comparisons.append(Expression.Comparison(comparator: comparator, operand: try binary(.sum)))
        }
        if comparisons.isEmpty { return first }
        return try node(
            .comparison(first, comparisons),
            place,
            deepest: max(first.depth, deepest(comparisons.map(\.operand)))
        )
    }

    private func comparisonOperator() -> ComparisonOperator? {
        switch current {
        case .symbol(let symbol): ComparisonOperator(rawValue: symbol.rawValue)
        case .name("in"): .isIn
        case .name("not"): following == .name("in") ? .isNotIn : nil
        default: nil
        }
    }

    private mutating func concatenation() throws(TemplateError) -> Expression {
        let place = offset
        var parts = [try binary(.product)]
        while skipSymbol(.tilde) { parts.append(try binary(.product)) }
        return parts.count == 1 ? parts[0] : try node(.concatenation(parts), place, deepest: deepest(parts))
    }

    private mutating func unary(withFilters: Bool = true) throws(TemplateError) -> Expression {
        let place = offset
        var result: Expression
        if isSymbol(.sub) || isSymbol(.add) {
            nesting += 1
            defer { nesting -= 1 }
            if nesting > Parser.maximumNesting { throw tooDeep() }
            let isNegative = isSymbol(.sub)
            advance()
            let operand = try unary(withFilters: false)
            result = try node(isNegative ? .negative(operand) : .positive(operand), place, operand)
        } else {
            result = try primary()
        }
        result = try postfix(result)
        return withFilters ? try filtersAndTests(result) : result
    }

    // MARK: - Primaries

    mutating func primary() throws(TemplateError) -> Expression {
        let place = offset
        switch current {
        case .name(let name):
            advance()
            return try variable(name, place)
        case .string(var text):
            advance()
            while case .string(let more) = current {
                text += more
                advance()
            }
            return try node(.literal(.string(text)), place)
        case .integer(let digits):
            advance()
            return try node(.literal(try integerLiteral(digits, place)), place)
        case .float(let value):
            advance()
            return try node(.literal(.float(value)), place)
        case .symbol(.lparen):
            advance()
            let inner = try tuple(isParenthesized: true)
            try expectSymbol(.rparen)
            return inner
        case .symbol(.lbracket): return try list()
        case .symbol(.lbrace): return try dictionary()
        default: throw error("unexpected \(PythonFormat.quoted(Parser.describe(current)))")
        }
    }

    private mutating func variable(_ name: String, _ place: Int) throws(TemplateError) -> Expression {
        switch name {
        case "true", "True": return try node(.literal(.bool(true)), place)
        case "false", "False": return try node(.literal(.bool(false)), place)
        case "none", "None": return try node(.literal(.none), place)
        case "varargs": for index in macroUses.indices { macroUses[index].varargs = true }
        case "kwargs": for index in macroUses.indices { macroUses[index].kwargs = true }
        case "caller": for index in macroUses.indices { macroUses[index].caller = true }
        default: break
        }
        return try node(.name(nameID(name)), place)
    }

    private func integerLiteral(_ digits: String, _ place: Int) throws(TemplateError) -> Expression.Literal {
        guard let value = PythonNumber.integer(literal: digits) else {
            throw error("invalid or too large integer", at: place)
        }
        switch value {
        case .int(let value): return .int(value)
        case .big(let value): return .big(value)
        default: throw error("invalid integer", at: place)
        }
    }

    private mutating func list() throws(TemplateError) -> Expression {
        let place = offset
        advance()
        var elements: [Expression] = []
        while !isSymbol(.rbracket) {
            if !elements.isEmpty { try expectSymbol(.comma) }
            if isSymbol(.rbracket) { break }
            elements.append(try expression())
        }
        advance()
        return try node(.list(elements), place, deepest: deepest(elements))
    }

    private mutating func dictionary() throws(TemplateError) -> Expression {
        let place = offset
        advance()
        var pairs: [Expression.Pair] = []
        while !isSymbol(.rbrace) {
            if !pairs.isEmpty { try expectSymbol(.comma) }
            if isSymbol(.rbrace) { break }
            let key = try expression()
            try expectSymbol(.colon)
            pairs.append(Expression.Pair(key: key, value: try expression()))
        }
        advance()
        return try node(.dict(pairs), place, deepest: deepest(pairs.flatMap { [$0.key, $0.value] }))
    }

    // MARK: - Attributes, items and calls

    mutating func postfix(_ base: Expression) throws(TemplateError) -> Expression {
        var result = base
        while true {
            switch current {
            case .symbol(.dot): result = try attribute(of: result)
            case .symbol(.lbracket): result = try subscripted(result)
            case .symbol(.lparen): result = try call(result)
            default: return result
            }
        }
    }

    private mutating func attribute(of base: Expression) throws(TemplateError) -> Expression {
        let place = offset
        advance()
        switch current {
        case .name(let name):
            advance()
            return try node(.attribute(base, Expression.Attribute(name)), place, base)
        case .integer(let digits):
            advance()
            let index = try node(.literal(try integerLiteral(digits, place)), place)
            return try node(.item(base, index), place, base)
        default: throw error("expected name or number")
        }
    }

    private mutating func subscripted(_ base: Expression) throws(TemplateError) -> Expression {
        let place = offset
        advance()
        var indexes: [Expression] = []
        while !isSymbol(.rbracket) {
            if !indexes.isEmpty { try expectSymbol(.comma) }
            var lower: Expression?
            if !isSymbol(.colon) { lower = try expression() }
            if isSymbol(.colon) {
                let bounds = try sliceBounds(lower)
                guard indexes.isEmpty && isSymbol(.rbracket) else {
                    throw error("a slice must be the only subscript")
                }
                advance()
                return try node(.slice(base, bounds), place, base, bounds.lower, bounds.upper, bounds.step)
            }
            if let lower { indexes.append(lower) }
        }
        advance()
        if indexes.count == 1 { return try node(.item(base, indexes[0]), place, base, indexes[0]) }
        let index = try node(.tuple(indexes), place, deepest: deepest(indexes))
        return try node(.item(base, index), place, base, index)
    }

    private mutating func sliceBounds(_ lower: Expression?) throws(TemplateError) -> Expression.Bounds {
        advance()
        var upper: Expression?
        var step: Expression?
        if !isSymbol(.colon) && !isSymbol(.rbracket) && !isSymbol(.comma) { upper = try expression() }
        if skipSymbol(.colon), !isSymbol(.rbracket), !isSymbol(.comma) { step = try expression() }
        return Expression.Bounds(lower: lower, upper: upper, step: step)
    }

    private mutating func call(_ callee: Expression) throws(TemplateError) -> Expression {
        let place = offset
        let (arguments, deepest) = try callArguments()
        return try node(.call(callee, arguments), place, deepest: max(callee.depth, deepest))
    }

    private mutating func callArguments() throws(TemplateError) -> (Expression.CallArguments, deepest: Int) {
        let place = offset
        try expectSymbol(.lparen)
        var arguments = Expression.CallArguments()
        var depth = 0
        var needsComma = false
        while !isSymbol(.rparen) {
            if needsComma {
                try expectSymbol(.comma)
                if isSymbol(.rparen) { break }
            }
            let argument = try callArgument(into: &arguments, callPlace: place)
            depth = max(depth, argument)
            needsComma = true
        }
        advance()
        return (arguments, depth)
    }

    private mutating func callArgument(
        into arguments: inout Expression.CallArguments,
        callPlace: Int
    ) throws(TemplateError) -> Int {
        let hasVariadic = arguments.variadic != nil
        let hasVariadicKeywords = arguments.variadicKeywords != nil
        if skipSymbol(.mul) {
            if hasVariadic || hasVariadicKeywords { throw invalidCall(callPlace) }
            let value = try expression()
            arguments.variadic = value
            return value.depth
        }
        if skipSymbol(.pow) {
            if hasVariadicKeywords { throw invalidCall(callPlace) }
            let value = try expression()
            arguments.variadicKeywords = value
            return value.depth
        }
        if case .name(let name) = current, following == .symbol(.assign) {
            if hasVariadicKeywords { throw invalidCall(callPlace) }
            if arguments.keywords.contains(where: { Text.sameBytes($0.name, name) }) {
                throw error("keyword argument repeated: \(name)")
            }
            advance()
            advance()
            let value = try expression()
            arguments.keywords.append(Expression.Keyword(name: name, value: value))
            return value.depth
        }
        if hasVariadic || hasVariadicKeywords || !arguments.keywords.isEmpty { throw invalidCall(callPlace) }
        let value = try expression()
        arguments.positional.append(value)
        return value.depth
    }

    private func invalidCall(_ place: Int) -> TemplateError {
        error("invalid syntax for function call expression", at: place)
    }

    // MARK: - Filters and tests

    private mutating func filtersAndTests(_ base: Expression) throws(TemplateError) -> Expression {
        var result = base
        while true {
            switch current {
            case .symbol(.pipe): result = try filterChain(result, startsInline: false)
            case .name("is"): result = try test(result)
            case .symbol(.lparen): result = try call(result)
            default: return result
            }
        }
    }

    /// Filters applied one after the other; the first one's `|` is absent where a tag already says so.
    mutating func filterChain(_ base: Expression, startsInline: Bool) throws(TemplateError) -> Expression {
        var result = base
        var isInline = startsInline
        while isInline || isSymbol(.pipe) {
            if !isInline { advance() }
            isInline = false
            let place = offset
            let name = try dottedName()
            let (arguments, depth) =
                isSymbol(.lparen) ? try callArguments() : (Expression.CallArguments.none, deepest: 0)
            let function = Filters.named(name)
            if function == nil && !isSoft { unknownNames.append(error("No filter named '\(name)'.", at: place)) }
            let call = Expression.FilterCall(name: name, function: function, arguments: arguments)
            result = try node(.filter(result, call), place, deepest: max(result.depth, depth))
        }
        return result
    }

    private mutating func dottedName() throws(TemplateError) -> String {
        var name = try expectName()
        while skipSymbol(.dot) { name += "." + (try expectName()) }
        return name
    }

    private mutating func test(_ base: Expression) throws(TemplateError) -> Expression {
        let place = offset
        advance()
        let isNegated = skipName("not")
        let name = try dottedName()
        let (arguments, depth) = try testArguments()
        let function = Tests.named(name)
        if function == nil && !isSoft { unknownNames.append(error("No test named '\(name)'.", at: place)) }
        let call = Expression.TestCall(name: name, function: function, arguments: arguments)
        let result = try node(.test(base, call), place, deepest: max(base.depth, depth))
        return isNegated ? try node(.not(result), place, result) : result
    }

    private mutating func testArguments() throws(TemplateError) -> (Expression.CallArguments, deepest: Int) {
        switch current {
        case .symbol(.lparen): return try callArguments()
        case .name("else"), .name("or"), .name("and"): break
        case .name("is"): throw error("You cannot chain multiple tests with is")
        case .name, .string, .integer, .float, .symbol(.lbracket), .symbol(.lbrace):
            let argument = try postfix(try primary())
            return (Expression.CallArguments(positional: [argument]), argument.depth)
        default: break
        }
        return (.none, 0)
    }
}
