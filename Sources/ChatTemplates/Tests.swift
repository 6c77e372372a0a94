/// The table of tests (`value is name`).
enum Tests {
    typealias Function = @Sendable (Interpreter, Value, Arguments) throws(TemplateError) -> Bool

    static func named(_ name: String) -> Function? { all[name] }

    private static let all = kinds.merging(others) { first, _ in first }

    private static let others: [String: Function] = [
        "eq": comparison(.equal), "equalto": comparison(.equal), "==": comparison(.equal),
        "ne": comparison(.notEqual), "!=": comparison(.notEqual), "gt": comparison(.greater),
        "greaterthan": comparison(.greater), ">": comparison(.greater), "ge": comparison(.greaterOrEqual),
        ">=": comparison(.greaterOrEqual), "lt": comparison(.less), "lessthan": comparison(.less),
        "<": comparison(.less), "le": comparison(.lessOrEqual), "<=": comparison(.lessOrEqual),
        "in": comparison(.isIn), "divisibleby": isDivisible, "even": isEven, "odd": isOdd, "sameas": isSameAs,
        "lower": isLower, "upper": isUpper, "filter": isFilter, "test": isTest,
    ]

    private static func comparison(_ comparator: ComparisonOperator) -> Function {
        @Sendable func compare(
            _ interpreter: Interpreter,
            _ value: Value,
            _ arguments: Arguments
        ) throws(TemplateError) -> Bool {
            let other = try arguments.bind(comparator.rawValue, ["other"], required: 1)[0] ?? .none
            return try interpreter.compare(comparator, value, other)
        }
        return compare
    }

    @Sendable private static func isDivisible(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        let divisor = try arguments.bind("divisibleby", ["num"], required: 1)[0] ?? .none
        return try !interpreter.arithmetic(.modulo, value, divisor).isTrue
    }

    @Sendable private static func isEven(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        _ = try arguments.bind("even", [])
        return try !interpreter.arithmetic(.modulo, value, .int(2)).isTrue
    }

    @Sendable private static func isOdd(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        _ = try arguments.bind("odd", [])
        return try interpreter.arithmetic(.modulo, value, .int(2)).equals(.int(1))
    }

    @Sendable private static func isSameAs(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        isSame(value, try arguments.bind("sameas", ["other"], required: 1)[0] ?? .none)
    }

    @Sendable private static func isLower(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        _ = try arguments.bind("lower", [])
        return StringOperations.isAll(try interpreter.string(value), lower: true)
    }

    @Sendable private static func isUpper(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        _ = try arguments.bind("upper", [])
        return StringOperations.isAll(try interpreter.string(value), lower: false)
    }

    @Sendable private static func isFilter(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        _ = try arguments.bind("filter", [])
        _ = try DictKey(value)
        return value.text.map { Filters.named($0.string) != nil } ?? false
    }

    @Sendable private static func isTest(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Bool {
        _ = try arguments.bind("test", [])
        _ = try DictKey(value)
        return value.text.map { Tests.named($0.string) != nil } ?? false
    }

    /// Tests of one value without arguments that cannot fail.
    private static let kinds: [String: Function] = [
        "defined": kind { !$0.isUndefined },
        "undefined": kind { $0.isUndefined },
        "none": kind { $0.isNone },
        "boolean": kind { if case .bool = $0 { true } else { false } },
        "true": kind { if case .bool(true) = $0 { true } else { false } },
        "false": kind { if case .bool(false) = $0 { true } else { false } },
        "integer": kind { if case .bool = $0 { false } else { $0.isInteger } },
        "float": kind { if case .float = $0 { true } else { false } },
        "number": kind { $0.number != nil },
        "string": kind { $0.text != nil },
        "mapping": kind { if case .dict = $0 { true } else { false } },
        "sequence": kind(isSequence),
        "iterable": kind(isIterable),
        "callable": kind(isCallable),
        "escaped": kind { $0.text?.isSafe ?? false },
    ]

    private static func kind(_ test: @escaping @Sendable (Value) -> Bool) -> Function {
        @Sendable func apply(
            _ interpreter: Interpreter,
            _ value: Value,
            _ arguments: Arguments
        ) throws(TemplateError) -> Bool {
            _ = try arguments.bind("test", [])
            return test(value)
        }
        return apply
    }

    @Sendable private static func isSequence(_ value: Value) -> Bool {
        switch value {
        case .string, .list, .tuple, .dict, .undefined: true
        case .object(let object): object is RangeObject
        default: false
        }
    }

    @Sendable private static func isIterable(_ value: Value) -> Bool {
        switch value {
        case .string, .list, .tuple, .dict, .undefined: true
        case .object(let object): object is RangeObject || object is DictView || object is Generator
        default: false
        }
    }

    @Sendable private static func isCallable(_ value: Value) -> Bool {
        switch value {
        case .undefined: true
        case .object(let object): object.isCallable
        default: false
        }
    }

    /// Python's `is`, as far as it can be told: containers are the same object, other values are of one type and equal.
    private static func isSame(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)): left === right
        case (.dict(let left), .dict(let right)): left === right
        case (.object(let left), .object(let right)): left === right
        case (.undefined(let left), .undefined(let right)): left === right
        default: left.typeName == right.typeName && left.equals(right)
        }
    }
}
