extension Value {
    /// Python's `==`; values of unlike kinds are unequal.
    func equals(_ other: Value) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): return Text.sameBytes(left.string, right.string)
        case (.none, .none), (.undefined, .undefined): return true
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            return left === right
                || (left.values.count == right.values.count
                    && zip(left.values, right.values).allSatisfy { $0.equals($1) })
        case (.dict(let left), .dict(let right)): return Value.equals(left, right)
        case (.object(let left), .object(let right)): return Value.equals(left, right)
        case (.float, _), (_, .float):
            guard let left = number, let right = other.number else { return false }
            if left != right || abs(left) < 0x1p53 { return left == right }
            return PythonNumber.order(self, other) == 0
        default:
            if let left = integer, let right = other.integer { return left == right }
            guard case .big(let left) = self, case .big(let right) = other else { return false }
            return left == right
        }
    }

    private static func equals(_ left: Dict, _ right: Dict) -> Bool {
        if left === right { return true }
        return left.count == right.count
            && left.entries.allSatisfy { entry in
                guard let other = try? right.value(for: entry.key) else { return false }
                return entry.value.equals(other)
            }
    }

    private static func equals(_ left: TemplateObject, _ right: TemplateObject) -> Bool {
        if left === right { return true }
        if let left = left as? RangeObject, let right = right as? RangeObject {
            return left.count == right.count
                && (left.count == 0 || left.start == right.start && (left.count == 1 || left.step == right.step))
        }
        if let left = left as? DictView, let right = right as? DictView, left.kind == right.kind, left.kind != .values {
            return equals(left.dict, right.dict)
        }
        return false
    }
}

extension Interpreter {
    func compare(
        _ comparator: ComparisonOperator,
        _ left: Value,
        _ right: Value
    ) throws(TemplateError) -> Bool {
        switch comparator {
        case .equal: return try equal(left, right)
        case .notEqual: return try !equal(left, right)
        case .isIn: return try contains(right, left)
        case .isNotIn: return try !contains(right, left)
        case .less: return try isLess(left, right, "<")
        case .greater: return try isLess(right, left, ">")
        case .lessOrEqual:
            if try isLess(left, right, "<=") { return true }
            return try equal(left, right)
        case .greaterOrEqual:
            if try isLess(right, left, ">=") { return true }
            return try equal(left, right)
        }
    }

    /// `==` with its cost charged: containers are compared whole.
    func equal(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        try chargeComparison(left, right)
        return left.equals(right)
    }

    private func chargeComparison(_ left: Value, _ right: Value) throws(TemplateError) {
        switch (left, right) {
        case (.string(let left), .string(let right)): try charge(bytes: min(left.byteCount, right.byteCount))
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            guard left !== right && left.values.count == right.values.count else { return }
            try enter()
            defer { leave() }
            try charge(steps: left.values.count)
            for (left, right) in zip(left.values, right.values) { try chargeComparison(left, right) }
        case (.dict(let left), .dict(let right)):
            guard left !== right && left.count == right.count else { return }
            try enter()
            defer { leave() }
            try charge(steps: left.count)
            for entry in left.entries {
                if let other = try right.value(for: entry.key) { try chargeComparison(entry.value, other) }
            }
        default: break
        }
    }

    /// Python's `<`.
    func isLess(_ left: Value, _ right: Value, _ symbol: String = "<") throws(TemplateError) -> Bool {
        switch (left, right) {
        case (.undefined(let undefined), _), (_, .undefined(let undefined)): throw undefined.error
        case (.string(let left), .string(let right)):
            try charge(bytes: min(left.byteCount, right.byteCount))
            return Text.precedes(left.string, right.string)
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            for (left, right) in zip(left.values, right.values) {
                if try !equal(left, right) { return try isLess(left, right, symbol) }
            }
            return left.values.count < right.values.count
        default: break
        }
        if let left = left.integer, let right = right.integer { return left < right }
        if left.isInteger && right.isInteger, let left = PythonNumber.big(left), let right = PythonNumber.big(right) {
            return left < right
        }
        guard let first = left.number, let second = right.number else {
            throw .runtime(
                "'\(symbol)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'"
            )
        }
        if first != second || abs(first) < 0x1p53 { return first < second }
        return PythonNumber.order(left, right).map { $0 < 0 } ?? false
    }

    /// Python's `in`.
    func contains(_ container: Value, _ element: Value) throws(TemplateError) -> Bool {
        switch container {
        case .string(let text):
            guard let needle = element.text else {
                if case .undefined(let undefined) = element { throw undefined.error }
                throw .runtime("'in <string>' requires string as left operand, not \(element.typeName)")
            }
            try charge(bytes: text.byteCount)
            return StringOperations.contains(text, needle)
        case .dict(let dict): return try dict.value(for: element) != nil
        case .object(let object):
            if let range = object as? RangeObject { return contains(range, element) }
            if let view = object as? DictView, view.kind == .keys { return try view.dict.value(for: element) != nil }
        case .list, .tuple, .undefined: break
        default: throw .runtime("argument of type '\(container.typeName)' is not iterable")
        }
        for candidate in try elements(of: container) {
            try charge(steps: 1)
            if try equal(candidate, element) { return true }
        }
        return false
    }

    private func contains(_ range: RangeObject, _ element: Value) -> Bool {
        guard let number = element.number, let value = Int(exactly: number) else { return false }
        let (distance, overflow) = value.subtractingReportingOverflow(range.start)
        guard !overflow, distance % range.step == 0 else { return false }
        return (0..<range.count).contains(distance / range.step)
    }

    // MARK: - Arithmetic

    func arithmetic(
        _ operation: ArithmeticOperator,
        _ left: Value,
        _ right: Value
    ) throws(TemplateError) -> Value {
        if case .undefined(let undefined) = left { throw undefined.error }
        if case .undefined(let undefined) = right {
            if operation != .modulo || left.text == nil { throw undefined.error }
        }
        switch (operation, left, right) {
        case (.add, .string(let first), .string(let second)): return .string(try joined(first, second))
        case (.add, .list(let first), .list(let second)):
            return .list(try joined(first.values, second.values))
        case (.add, .tuple(let first), .tuple(let second)):
            return .tuple(try joined(first.values, second.values))
        case (.multiply, .string, _), (.multiply, _, .string), (.multiply, .list, _), (.multiply, _, .list),
            (.multiply, .tuple, _), (.multiply, _, .tuple):
            return try repeated(left, right)
        case (.modulo, .string(let format), _): return .string(try PercentFormat.format(format, right, self))
        case (.add, .string, _):
            throw .runtime("can only concatenate str (not \"\(right.typeName)\") to str")
        case (.add, .list, _):
            throw .runtime("can only concatenate list (not \"\(right.typeName)\") to list")
        default: break
        }
        try chargeArithmetic(operation, left, right)
        if let result = try PythonNumber.arithmetic(operation, left, right) { return result }
        throw .runtime(
            "unsupported operand type(s) for \(operation.rawValue): '\(left.typeName)' and '\(right.typeName)'"
        )
    }

    /// Multiplying and dividing long integers costs the product of their lengths, powers the square of the result's.
    private func chargeArithmetic(
        _ operation: ArithmeticOperator,
        _ left: Value,
        _ right: Value
    ) throws(TemplateError) {
        if operation == .power, left.isInteger, let exponent = right.integer, exponent > 1 {
            let limbs = (PythonNumber.big(left)?.bitCount ?? 0) / 32
            try charge(steps: limbs * limbs * min(exponent, 512) * min(exponent, 512) / 64)
        }
        switch (left, right) {
        case (.big(let left), .big(let right)): try charge(steps: left.bitCount / 32 * (right.bitCount / 32 + 8))
        case (.big(let left), _): try charge(steps: left.bitCount / 4)
        case (_, .big(let right)): try charge(steps: right.bitCount / 4)
        default: break
        }
    }

    private func joined(_ left: Text, _ right: Text) throws(TemplateError) -> Text {
        try charge(bytes: left.byteCount + right.byteCount)
        guard left.isSafe || right.isSafe else { return left + right }
        var joined =
            (left.isSafe ? left : StringOperations.escaped(left))
            + (right.isSafe ? right : StringOperations.escaped(right))
        joined.isSafe = true
        return joined
    }

    private func joined(_ left: [Value], _ right: [Value]) throws(TemplateError) -> [Value] {
        try charge(steps: left.count + right.count)
        if left.count + right.count > TemplateLimits.maximumElements { throw .limit("a list grew too long") }
        return left + right
    }

    private func repeated(_ left: Value, _ right: Value) throws(TemplateError) -> Value {
        let (sequence, factor) = left.isInteger ? (right, left) : (left, right)
        guard let count = factor.integer.map({ max(0, $0) }) else {
            if case .big = factor { throw .limit("a repetition is too long") }
            throw .runtime("can't multiply sequence by non-int of type '\(factor.typeName)'")
        }
        switch sequence {
        case .string(let text):
            let (size, overflow) = text.byteCount.multipliedReportingOverflow(by: count)
            if overflow || size > limits.maximumOutputBytes { throw .limit("a repeated string grew too long") }
            try charge(bytes: size)
            if size == 0 { return .string("") }
            var builder = TextBuilder()
            for _ in 0..<count { builder.append(text) }
            return .string(builder.text)
        case .list(let elements): return .list(try repeated(elements.values, count))
        case .tuple(let elements): return .tuple(try repeated(elements.values, count))
        default: throw .runtime("can't multiply sequence by non-int of type '\(factor.typeName)'")
        }
    }

    private func repeated(_ values: [Value], _ count: Int) throws(TemplateError) -> [Value] {
        let (size, overflow) = values.count.multipliedReportingOverflow(by: count)
        if overflow || size > TemplateLimits.maximumElements { throw .limit("a repeated list grew too long") }
        try charge(steps: size)
        return values.isEmpty ? [] : Array(repeatElement(values, count: count).joined())
    }
}
