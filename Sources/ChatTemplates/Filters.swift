/// The table of filters.
enum Filters {
    typealias Function = @Sendable (Interpreter, Value, Arguments) throws(TemplateError) -> Value

    static func named(_ name: String) -> Function? { all[name] }

    private static let all: [String: Function] = [
        "abs": Filters.abs, "attr": Filters.attr, "batch": Filters.batch, "capitalize": Filters.capitalize,
        "center": Filters.center, "count": Filters.length, "d": Filters.defaulted, "default": Filters.defaulted,
        "dictsort": Filters.dictSort, "e": Filters.escape, "escape": Filters.escape,
        "filesizeformat": Filters.fileSize, "first": Filters.first, "float": Filters.float,
        "forceescape": Filters.forceEscape, "format": Filters.format, "groupby": Filters.groupBy,
        "indent": Filters.indent, "int": Filters.int, "items": Filters.items, "join": Filters.join,
        "last": Filters.last, "length": Filters.length, "list": Filters.list, "lower": Filters.lower,
        "map": Filters.map, "max": Filters.maximum, "min": Filters.minimum, "pprint": Filters.prettyPrint,
        "random": Filters.random, "reject": Filters.reject, "rejectattr": Filters.rejectAttribute,
        "replace": Filters.replace, "reverse": Filters.reverse, "round": Filters.round, "safe": Filters.safe,
        "select": Filters.select, "selectattr": Filters.selectAttribute, "slice": Filters.slice,
        "sort": Filters.sort, "string": Filters.string, "striptags": Filters.stripTags, "sum": Filters.sum,
        "title": Filters.title, "tojson": Filters.toJSON, "trim": Filters.trim, "truncate": Filters.truncate,
        "unique": Filters.unique, "upper": Filters.upper, "urlencode": Filters.urlEncode,
        "urlize": Filters.urlize, "wordcount": Filters.wordCount, "wordwrap": Filters.wordWrap,
        "xmlattr": Filters.xmlAttributes,
    ]

    /// An integer argument.
    static func integer(_ value: Value?, _ missing: Int) throws(TemplateError) -> Int {
        switch value {
        case nil: return missing
        case .undefined(let undefined): throw undefined.error
        case .some(let value):
            guard let number = value.integer else {
                throw .runtime("'\(value.typeName)' object cannot be interpreted as an integer")
            }
            return number
        }
    }

    // MARK: - Any value

    @Sendable private static func defaulted(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("default", ["default_value", "boolean"])
        let isBoolean = bound[1]?.isTrue ?? false
        return value.isUndefined || (isBoolean && !value.isTrue) ? bound[0] ?? .string("") : value
    }

    @Sendable private static func attr(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard let name = try arguments.bind("attr", ["name"], required: 1)[0]?.text?.string else {
            throw .runtime("attr() needs the name of an attribute")
        }
        let method = Method.named(name)
        if case .dict = value, method?.exists(on: value) != true {
            return .undefined(Undefined(attribute: name, of: value))
        }
        return try interpreter.attribute(name, method, of: value)
    }

    @Sendable static func length(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("length", [])
        return .int(try length(of: value, interpreter))
    }

    /// Python's `len(value)`.
    static func length(of value: Value, _ interpreter: Interpreter) throws(TemplateError) -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text):
            try interpreter.charge(bytes: text.byteCount)
            return text.scalarCount
        case .list(let elements), .tuple(let elements): return elements.values.count
        case .dict(let dict): return dict.count
        case .object(let object): if let length = object.length { return length }
        default: break
        }
        throw .runtime("object of type '\(value.typeName)' has no len()")
    }

    @Sendable private static func string(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("string", [])
        return .string(try interpreter.string(value))
    }

    @Sendable private static func prettyPrint(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("pprint", [])
        return .string(try interpreter.representation(try sortedKeys(interpreter, value)))
    }

    /// The value with the keys of its dictionaries in order, as `pprint` prints them.
    private static func sortedKeys(_ interpreter: Interpreter, _ value: Value) throws(TemplateError) -> Value {
        try interpreter.enter()
        defer { interpreter.leave() }
        switch value {
        case .dict(let dict):
            let sorted = try Sorting.sorted(dict.entries) { first, second throws(TemplateError) in
                try interpreter.isLess(first.key, second.key)
            }
            return .dict(
                Dict(
                    unique: try sorted.mapping { entry throws(TemplateError) in
                        Dict.Entry(key: entry.key, value: try sortedKeys(interpreter, entry.value))
                    }
                )
            )
        case .list(let elements):
            return .list(
                try elements.values.mapping { element throws(TemplateError) in try sortedKeys(interpreter, element) }
            )
        default: return value
        }
    }

    @Sendable private static func toJSON(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        .string(try JSONDump.dump(value, arguments, interpreter))
    }

    // MARK: - Numbers

    @Sendable private static func abs(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("abs", [])
        switch value {
        case .undefined(let undefined): throw undefined.error
        case .float(let number): return .float(number.magnitude)
        default:
            guard let big = PythonNumber.big(value) else {
                throw .runtime("bad operand type for abs(): '\(value.typeName)'")
            }
            return PythonNumber.value(big.isNegative ? -big : big)
        }
    }

    @Sendable private static func int(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("int", ["default", "base"])
        let missing = bound[0] ?? .int(0)
        var number: Double?
        switch value {
        case .undefined(let undefined): throw undefined.error
        case .bool(let flag): return .int(flag ? 1 : 0)
        case .int, .big: return value
        case .float(let value):
            if value.isInfinite { throw .runtime("cannot convert float infinity to integer") }
            number = value
        case .string(let text):
            // reading takes the square of the digits, as far as they are read
            let digits = min(text.byteCount, TemplateLimits.maximumIntegerDigits)
            try interpreter.charge(steps: text.byteCount / 16 + digits * digits / 2048)
            // a base that is none makes nothing an integer
            let base = bound[1].map { $0.integer ?? -1 } ?? 10
            if let parsed = try PythonNumber.parseInteger(text.string, base: base) { return parsed }
            number = PythonNumber.parseFloat(text.string)
        default: break
        }
        guard let number, number.isFinite else { return missing }
        return PythonNumber.value(BigInteger(number))
    }

    @Sendable private static func float(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let missing = try arguments.bind("float", ["default"])[0] ?? .float(0)
        if case .undefined(let undefined) = value { throw undefined.error }
        if let number = try float(value) { return .float(number) }
        return value.text.flatMap { PythonNumber.parseFloat($0.string) }.map { .float($0) } ?? missing
    }

    /// Python's `float` of a number.
    private static func float(_ value: Value) throws(TemplateError) -> Double? {
        guard let number = value.number else { return nil }
        if value.isInteger && number.isInfinite { throw .runtime("int too large to convert to float") }
        return number
    }

    @Sendable private static func round(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("round", ["precision", "method"])
        let digits = min(max(try integer(bound[0], 0), -400), 400)
        if case .undefined(let undefined) = value { throw undefined.error }
        guard let number = value.number else {
            throw .runtime("type \(value.typeName) doesn't define __round__ method")
        }
        switch bound[1].map({ $0.text?.string }) ?? "common" {
        case "common":
            if let whole = PythonNumber.big(value) { return PythonNumber.value(whole.rounded(zeros: -digits)) }
            return .float(PythonNumber.rounded(number, digits: digits))
        case "ceil": return .float(try scaled(value, number, digits) { $0.rounded(.up) })
        case "floor": return .float(try scaled(value, number, digits) { $0.rounded(.down) })
        default: throw .runtime("method must be common, ceil or floor")
        }
    }

    /// Python's `round(value * 10**digits) / 10**digits`, where what is rounded is a whole number of any size.
    private static func scaled(
        _ value: Value,
        _ number: Double,
        _ digits: Int,
        _ round: (Double) -> Double
    ) throws(TemplateError) -> Double {
        let factor = Value.int(10)
        let power = try PythonNumber.arithmetic(.power, factor, .int(digits)) ?? factor
        let product = try PythonNumber.arithmetic(.multiply, value, power) ?? value
        var whole = product
        if case .float(let number) = product {
            guard number.isFinite else { throw .runtime("cannot convert float \(number) to integer") }
            whole = PythonNumber.value(BigInteger(round(number)))
        }
        return try PythonNumber.arithmetic(.divide, whole, power)?.number ?? number
    }

    @Sendable private static func fileSize(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let isBinary = try arguments.bind("filesizeformat", ["binary"])[0]?.isTrue ?? false
        guard let bytes = try float(value) ?? value.text.flatMap({ PythonNumber.parseFloat($0.string) }) else {
            throw .runtime("could not convert to a number of bytes")
        }
        let base: Double = isBinary ? 1024 : 1000
        if bytes == 1 { return .string("1 Byte") }
        if bytes < base {
            guard bytes.isFinite else { throw .runtime("cannot convert float infinity to integer") }
            return .string("\(BigInteger(bytes).description) Bytes")
        }
        let prefixes =
            isBinary
            ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
        var unit = base
        for prefix in prefixes {
            unit *= base
            if bytes < unit || prefix == prefixes.last {
                let size = base * bytes / unit
                guard size.isFinite else { return .string("\(size) \(prefix)") }
                return .string("\(DecimalExpansion(size).fixed(1)) \(prefix)")
            }
        }
        return .none
    }
}
