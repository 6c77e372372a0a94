/// The functions that every template can call.
enum Globals {
    static func named(_ name: String) -> Value? {
        guard let body = all[name] else { return nil }
        return .object(Function(name, body))
    }

    /// What `range` may yield at most, as the sandbox of Jinja2 has it.
    private static let maximumRange = 100_000

    private typealias Body = @Sendable (Interpreter, Arguments) throws(TemplateError) -> Value

    private static let all: [String: Body] = [
        "range": range, "dict": dict, "namespace": namespace, "cycler": cycler, "joiner": joiner, "lipsum": lipsum,
        "raise_exception": raiseException, "strftime_now": strftimeNow,
    ]

    @Sendable private static func range(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("range", ["start", "stop", "step"], required: 1)
        var numbers: [Int] = []
        for value in bound {
            guard let value else { continue }
            numbers.append(try Filters.integer(value, 0))
        }
        let start = numbers.count > 1 ? numbers[0] : 0
        let stop = numbers.count > 1 ? numbers[1] : numbers[0]
        let step = numbers.count > 2 ? numbers[2] : 1
        if step == 0 { throw .runtime("range() arg 3 must not be zero") }
        let (distance, overflow) = stop.subtractingReportingOverflow(start)
        guard !overflow, step != Int.min else { throw tooBig }
        if distance == 0 || (distance < 0) != (step < 0) {
            return .object(RangeObject(start: start, stop: stop, step: step, count: 0))
        }
        let count = (distance.magnitude - 1) / step.magnitude + 1
        guard count <= UInt(maximumRange) else { throw tooBig }
        return .object(RangeObject(start: start, stop: stop, step: step, count: Int(count)))
    }

    private static var tooBig: TemplateError {
        .limit("Range too big. The sandbox blocks ranges larger than MAX_RANGE (\(maximumRange)).")
    }

    /// The entries that `dict(…)` and `namespace(…)` are given.
    private static func entries(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> [Dict.Entry] {
        guard arguments.positional.count <= 1 else { throw .runtime("dict expected at most 1 argument") }
        var entries: [Dict.Entry] = []
        switch arguments.positional.first {
        case .dict(let dict): entries = dict.entries
        case .undefined(let undefined): throw undefined.error
        case .some(let pairs):
            for pair in try interpreter.elements(of: pairs) {
                let parts = try interpreter.elements(of: pair)
                guard parts.count == 2 else { throw .runtime("dictionary update sequence elements must be pairs") }
                entries.append(Dict.Entry(key: parts[0], value: parts[1]))
            }
        case nil: break
        }
        try interpreter.charge(steps: entries.count)
        return entries + arguments.keywords.map { Dict.Entry(key: .string($0.name), value: $0.value) }
    }

    @Sendable private static func dict(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value { .dict(try Dict(entries(interpreter, arguments))) }

    @Sendable private static func namespace(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let namespace = Namespace()
        for entry in try entries(interpreter, arguments) {
            guard let name = entry.key.text else { throw .runtime("attribute name must be string") }
            namespace.set(name.string, entry.value)
        }
        return .object(namespace)
    }

    @Sendable private static func cycler(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard !arguments.positional.isEmpty, arguments.keywords.isEmpty else {
            throw .runtime("at least one item has to be provided")
        }
        return .object(Cycler(arguments.positional))
    }

    @Sendable private static func joiner(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        .object(Joiner(try arguments.bind("joiner", ["sep"])[0] ?? .string(", ")))
    }

    @Sendable private static func lipsum(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value { throw .runtime("lipsum() is not supported in chat templates") }

    @Sendable private static func raiseException(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let message = try arguments.bind("raise_exception", ["message"], required: 1)[0] ?? .none
        throw TemplateError(.raised, try interpreter.string(message).string)
    }

    @Sendable private static func strftimeNow(
        _ interpreter: Interpreter,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard let format = try arguments.bind("strftime_now", ["format"], required: 1)[0]?.text else {
            throw .runtime("strftime_now() needs a format")
        }
        try interpreter.charge(steps: format.byteCount)
        return .string(Text(interpreter.clock.formatted(format.string), format.origin))
    }
}
