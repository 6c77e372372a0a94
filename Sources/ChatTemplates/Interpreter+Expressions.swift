extension Interpreter {
    func evaluate(_ expression: Expression) throws(TemplateError) -> Value {
        try charge(steps: 1)
        switch expression.kind {
        case .literal(let literal): return Interpreter.value(literal)
        case .name(let id): return variable(id)
        case .blockText: return blockText
        default: break
        }
        try enter()
        defer { leave() }
        return try evaluateNested(expression)
    }

    private func evaluateNested(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression.kind {
        case .literal, .name, .blockText: return .none
        case .list(let elements):
            return .list(try elements.mapping { element throws(TemplateError) in try evaluate(element) })
        case .tuple(let elements):
            return .tuple(try elements.mapping { element throws(TemplateError) in try evaluate(element) })
        case .dict(let pairs): return try evaluateDict(pairs)
        case .attribute(let base, let attribute): return try evaluateAttribute(base, attribute, expression.offset)
        case .item(let base, let index): return try evaluateItem(base, index, expression.offset)
        case .slice(let base, let bounds): return try evaluateSlice(base, bounds, expression.offset)
        case .call(let callee, let arguments): return try evaluateCall(callee, arguments, expression.offset)
        case .filter(let base, let call): return try evaluateFilter(base, call, expression.offset)
        case .test(let base, let call): return try evaluateTest(base, call, expression.offset)
        case .not(let operand): return .bool(try !evaluate(operand).isTrue)
        case .negative(let operand), .positive(let operand): return try evaluateSign(expression, operand)
        case .arithmetic(let operation, let left, let right):
            return try evaluateArithmetic(operation, left, right, expression.offset)
        case .and(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? try evaluate(right) : value
        case .or(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? value : try evaluate(right)
        case .comparison(let first, let comparisons): return try evaluateComparison(first, comparisons)
        case .concatenation(let parts): return try evaluateConcatenation(parts)
        case .conditional(let test, let then, let otherwise):
            if try evaluate(test).isTrue { return try evaluate(then) }
            if let otherwise { return try evaluate(otherwise) }
            return .undefined(
                Undefined("the inline if-expression evaluated to false and no else section was defined.")
            )
        }
    }

    static func value(_ literal: Expression.Literal) -> Value {
        switch literal {
        case .none: .none
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .big(let value): .big(value)
        case .float(let value): .float(value)
        case .string(let value): .string(Text(value))
        }
    }

    @inline(never)
    private func evaluateDict(_ pairs: [Expression.Pair]) throws(TemplateError) -> Value {
        let entries = try pairs.mapping { pair throws(TemplateError) in
            Dict.Entry(key: try evaluate(pair.key), value: try evaluate(pair.value))
        }
        return .dict(try Dict(entries))
    }

    @inline(never)
    private func evaluateAttribute(
        _ base: Expression,
        _ attribute: Expression.Attribute,
        _ place: Int
    ) throws(TemplateError) -> Value {
        let value = try evaluate(base)
        offset = place
        return try self.attribute(attribute.name, attribute.method, of: value)
    }

    @inline(never)
    private func evaluateItem(_ base: Expression, _ index: Expression, _ place: Int) throws(TemplateError) -> Value {
        let value = try evaluate(base)
        let index = try evaluate(index)
        offset = place
        return try item(index, of: value)
    }

    @inline(never)
    private func evaluateSlice(
        _ base: Expression,
        _ bounds: Expression.Bounds,
        _ place: Int
    ) throws(TemplateError) -> Value {
        let value = try evaluate(base)
        let lower = try bounds.lower.map { bound throws(TemplateError) in try evaluate(bound) }
        let upper = try bounds.upper.map { bound throws(TemplateError) in try evaluate(bound) }
        let step = try bounds.step.map { bound throws(TemplateError) in try evaluate(bound) }
        offset = place
        return try slice(of: value, lower, upper, step)
    }

    @inline(never)
    private func evaluateSign(_ expression: Expression, _ operand: Expression) throws(TemplateError) -> Value {
        let value = try evaluate(operand)
        offset = expression.offset
        if case .undefined(let undefined) = value { throw undefined.error }
        guard let negated = PythonNumber.negated(value) else {
            throw .runtime("bad operand type for unary operator: '\(value.typeName)'")
        }
        if case .negative = expression.kind { return negated }
        return PythonNumber.negated(negated) ?? value
    }

    @inline(never)
    private func evaluateArithmetic(
        _ operation: ArithmeticOperator,
        _ left: Expression,
        _ right: Expression,
        _ place: Int
    ) throws(TemplateError) -> Value {
        let first = try evaluate(left)
        let second = try evaluate(right)
        offset = place
        return try arithmetic(operation, first, second)
    }

    @inline(never)
    private func evaluateComparison(
        _ first: Expression,
        _ comparisons: [Expression.Comparison]
    ) throws(TemplateError) -> Value {
        var left = try evaluate(first)
        for comparison in comparisons {
            let right = try evaluate(comparison.operand)
            offset = comparison.operand.offset
            guard try compare(comparison.comparator, left, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    @inline(never)
    private func evaluateConcatenation(_ parts: [Expression]) throws(TemplateError) -> Value {
        let texts = try parts.mapping { part throws(TemplateError) in try string(evaluate(part)) }
        let joined = StringOperations.joinedMarkup(texts, separator: Text(""), escapes: escapesOutput)
        var builder = TextBuilder()
        for text in joined.parts { builder.append(text) }
        try charge(bytes: builder.count)
        var text = builder.text
        text.isSafe = joined.isSafe
        return .string(text)
    }

    // MARK: - Calls

    func arguments(_ arguments: Expression.CallArguments) throws(TemplateError) -> Arguments {
        var values = Arguments()
        for argument in arguments.positional { values.positional.append(try evaluate(argument)) }
        for keyword in arguments.keywords { values.keywords.append((keyword.name, try evaluate(keyword.value))) }
        if let variadic = arguments.variadic {
            let more = try elements(of: evaluate(variadic))
            try charge(steps: more.count)
            values.positional.append(contentsOf: more)
        }
        if let variadic = arguments.variadicKeywords {
            guard case .dict(let dict) = try evaluate(variadic) else {
                throw .runtime("argument after ** must be a mapping")
            }
            for entry in dict.entries {
                guard let name = entry.key.text else { throw .runtime("keywords must be strings") }
                values.keywords.append((name.string, entry.value))
            }
        }
        return values
    }

    @inline(never)
    private func evaluateCall(
        _ callee: Expression,
        _ arguments: Expression.CallArguments,
        _ place: Int
    ) throws(TemplateError) -> Value {
        if case .attribute(let base, let attribute) = callee.kind, let method = attribute.method {
            let receiver = try evaluate(base)
            if method.isAllowed(on: receiver) {
                let values = try self.arguments(arguments)
                offset = place
                return try call(method, on: receiver, values)
            }
            let function = try self.attribute(attribute.name, method, of: receiver)
            return try call(function, try self.arguments(arguments), at: place)
        }
        let function = try evaluate(callee)
        return try call(function, try self.arguments(arguments), at: place)
    }

    func call(_ callee: Expression, _ arguments: Arguments, at place: Int) throws(TemplateError) -> Value {
        try call(try evaluate(callee), arguments, at: place)
    }

    private func call(_ function: Value, _ arguments: Arguments, at place: Int) throws(TemplateError) -> Value {
        offset = place
        switch function {
        case .undefined(let undefined): throw undefined.error
        case .object(let object): return try object.call(arguments, in: self)
        default: throw .runtime("'\(function.typeName)' object is not callable")
        }
    }

    @inline(never)
    private func evaluateFilter(
        _ base: Expression,
        _ call: Expression.FilterCall,
        _ place: Int
    ) throws(TemplateError) -> Value {
        let value = try evaluate(base)
        let values = try arguments(call.arguments)
        offset = place
        guard let function = call.function else { throw .runtime("No filter named '\(call.name)' found.") }
        return try function(self, value, values)
    }

    @inline(never)
    private func evaluateTest(
        _ base: Expression,
        _ call: Expression.TestCall,
        _ place: Int
    ) throws(TemplateError) -> Value {
        let value = try evaluate(base)
        let values = try arguments(call.arguments)
        offset = place
        guard let function = call.function else { throw .runtime("No test named '\(call.name)' found.") }
        return .bool(try function(self, value, values))
    }
}
