/// The built-in methods of strings, lists, tuples, dictionaries and numbers.
enum Method: String, CaseIterable, Sendable {
    // strings
    case capitalize, casefold, center, encode, endswith, expandtabs, find, format
    case formatMap = "format_map"
    case isalnum, isalpha, isascii, isdecimal, isdigit, isidentifier, islower, isnumeric, isprintable, isspace
    case istitle, isupper, join, ljust, lower, lstrip, maketrans, partition, removeprefix, removesuffix, replace
    case rfind, rindex, rjust, rpartition, rsplit, rstrip, split, splitlines, startswith, strip, swapcase, title
    case translate, upper, zfill
    // several types
    case index, count, copy, clear, pop
    // lists
    case append, extend, insert, remove, reverse, sort
    // dictionaries
    case fromkeys, get, items, keys, values, popitem, setdefault, update
    // numbers
    case isInteger = "is_integer"
    case bitLength = "bit_length"
    case conjugate

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    static func named(_ name: String) -> Method? { byName[name] }

    /// Whether values of that type have this method.
    func exists(on value: Value) -> Bool {
        switch value {
        case .string: isStringMethod
        case .list: isListMethod
        case .tuple: self == .index || self == .count
        case .dict: isDictMethod
        case .float: self == .isInteger || self == .conjugate
        case .int, .big, .bool: self == .bitLength || self == .conjugate
        case .object(let object): (self == .index || self == .count) && object is RangeObject
        case .undefined, .none: false
        }
    }

    /// Whether the sandbox lets templates call it: it would change its receiver otherwise.
    func isAllowed(on value: Value) -> Bool {
        guard exists(on: value) else { return false }
        switch value {
        case .list: return self == .index || self == .count || self == .copy
        case .dict: return [.copy, .get, .items, .keys, .values, .fromkeys].contains(self)
        default: return true
        }
    }

    private var isListMethod: Bool {
        switch self {
        case .index, .count, .copy, .clear, .pop, .append, .extend, .insert, .remove, .reverse, .sort: true
        default: false
        }
    }

    private var isDictMethod: Bool {
        switch self {
        case .copy, .clear, .pop, .fromkeys, .get, .items, .keys, .values, .popitem, .setdefault, .update: true
        default: false
        }
    }

    private var isStringMethod: Bool {
        switch self {
        case .copy, .clear, .pop, .append, .extend, .insert, .remove, .reverse, .sort, .fromkeys, .get, .items, .keys,
            .values, .popitem, .setdefault, .update, .isInteger, .bitLength, .conjugate:
            false
        default: true
        }
    }
}

extension Interpreter {
    /// Calls a method that is allowed on its receiver.
    func call(_ method: Method, on value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch value {
        case .string(let text):
            try charge(bytes: text.byteCount)
            let result = try StringMethods.call(method, text, arguments, self)
            // methods of markup give markup
            guard text.isSafe, case .string(var made) = result else { return result }
            made.isSafe = true
            return .string(made)
        case .list(let elements): return try call(method, elements.values, arguments)
        case .tuple(let elements): return try call(method, elements.values, arguments)
        case .dict(let dict): return try call(method, dict, arguments)
        case .object(let object): return try call(method, try object.iterate() ?? [], arguments)
        default: return try callNumber(method, value, arguments)
        }
    }

    private func call(_ method: Method, _ elements: [Value], _ arguments: Arguments) throws(TemplateError) -> Value {
        switch method {
        case .copy:
            _ = try arguments.bind("copy", [])
            return .list(elements)
        case .count:
            guard let wanted = try arguments.bind("count", ["value"], required: 1)[0] else { return .none }
            return .int(try elements.filtering { element throws(TemplateError) in try equal(element, wanted) }.count)
        default:
            let bound = try arguments.bind("index", ["value", "start", "stop"], required: 1)
            guard let wanted = bound[0] else { return .none }
            let range = clampedRange(bound[1], bound[2], elements.count)
            for position in range where try equal(elements[position], wanted) { return .int(position) }
            throw .runtime("\(try representation(wanted).string) is not in list")
        }
    }

    private func clampedRange(_ start: Value?, _ stop: Value?, _ count: Int) -> Range<Int> {
        func place(_ value: Value?, _ missing: Int) -> Int {
            guard let index = value?.integer else { return missing }
            return min(max(index < 0 ? index.addingReportingOverflow(count).partialValue : index, 0), count)
        }
        let lower = place(start, 0)
        return lower..<max(lower, place(stop, count))
    }

    private func call(_ method: Method, _ dict: Dict, _ arguments: Arguments) throws(TemplateError) -> Value {
        if method == .get {
            let bound = try arguments.bind("get", ["key", "default"], required: 1)
            guard let key = bound[0] else { return .none }
            return try dict.value(for: key) ?? bound[1] ?? .none
        }
        if method == .fromkeys {
            let bound = try arguments.bind("fromkeys", ["iterable", "value"], required: 1)
            let keys = try elements(of: bound[0] ?? .none)
            return .dict(try Dict(keys.map { Dict.Entry(key: $0, value: bound[1] ?? .none) }))
        }
        _ = try arguments.bind(method.rawValue, [])
        switch method {
        case .items: return .object(DictView(dict, .items))
        case .keys: return .object(DictView(dict, .keys))
        case .values: return .object(DictView(dict, .values))
        default: return .dict(Dict(unique: dict.entries))
        }
    }

    private func callNumber(_ method: Method, _ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        _ = try arguments.bind(method.rawValue, [])
        switch (method, value) {
        case (.isInteger, .float(let number)): return .bool(number.isFinite && number.rounded() == number)
        case (.bitLength, _):
            guard let number = value.integer else { throw .runtime("bit_length() of a large integer is not supported") }
            return .int(Int.bitWidth - number.magnitude.leadingZeroBitCount)
        default: return value
        }
    }
}
