/// A value with behaviour of its own: functions, iterators, loops, namespaces.
class TemplateObject {
    /// Python's name of the type.
    var typeName: String { "object" }
    var isTrue: Bool { true }
    var isCallable: Bool { false }
    /// What Python's `repr` prints.
    var representation: String { "<\(typeName) object>" }

    /// The attribute of that name, or `nil` when there is none.
    func attribute(_ name: String) -> Value? { nil }

    func call(_ arguments: Arguments, in interpreter: Interpreter) throws(TemplateError) -> Value {
        throw .runtime("'\(typeName)' object is not callable")
    }

    /// The elements in order, or `nil` when this cannot be iterated.
    ///
    /// - Throws: what making them has failed with.
    func iterate() throws(TemplateError) -> [Value]? { nil }

    /// Python's `len`, or `nil` when there is none.
    var length: Int? { nil }
}

/// A function or bound method.
final class Function: TemplateObject {
    typealias Body = (Interpreter, Arguments) throws(TemplateError) -> Value

    private let name: String
    private let body: Body

    init(_ name: String, _ body: @escaping Body) {
        self.name = name
        self.body = body
    }

    override var typeName: String { "function" }
    override var isCallable: Bool { true }
    override var representation: String { "<function \(name)>" }

    override func call(_ arguments: Arguments, in interpreter: Interpreter) throws(TemplateError) -> Value {
        try body(interpreter, arguments)
    }
}

/// An iterator that can be read once.
final class Generator: TemplateObject {
    private var elements: [Value]
    private var position = 0
    private let kind: String
    /// Why there are no more elements.
    private let failure: TemplateError?

    init(_ elements: [Value], kind: String = "generator", failure: TemplateError? = nil) {
        self.elements = elements
        self.kind = kind
        self.failure = failure
    }

    /// The elements that a body adds, which Python would run only as they are read: until then an error waits.
    ///
    /// - Parameter body: what adds the elements.
    /// - Returns: an iterator over what was added before an error, and then the error.
    /// - Throws: that a bound was reached.
    static func deferring(_ body: (inout [Value]) throws(TemplateError) -> Void) throws(TemplateError) -> Value {
        var elements: [Value] = []
        do throws(TemplateError) {
            try body(&elements)
            return .object(Generator(elements))
        } catch {
            if error.phase != .runtime { throw error }
            return .object(Generator(elements, failure: error))
        }
    }

    override var typeName: String { kind }

    override func iterate() throws(TemplateError) -> [Value]? {
        if let failure { throw failure }
        defer {
            position = 0
            elements = []
        }
        return position == 0 ? elements : Array(elements[position...])
    }

    /// Takes the first element that is left.
    func next() throws(TemplateError) -> Value? {
        guard position < elements.count else {
            if let failure { throw failure }
            return nil
        }
        position += 1
        return elements[position - 1]
    }
}

/// The value of `range(start, stop, step)`.
final class RangeObject: TemplateObject {
    let start: Int
    let stop: Int
    let step: Int
    let count: Int

    init(start: Int, stop: Int, step: Int, count: Int) {
        self.start = start
        self.stop = stop
        self.step = step
        self.count = count
    }

    override var typeName: String { "range" }
    override var isTrue: Bool { count > 0 }
    override var length: Int? { count }
    override var representation: String {
        step == 1 ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))"
    }

    func element(_ position: Int) -> Int { start + position * step }

    override func iterate() -> [Value]? { (0..<count).map { .int(element($0)) } }

    override func attribute(_ name: String) -> Value? {
        switch name {
        case "start": .int(start)
        case "stop": .int(stop)
        case "step": .int(step)
        default: nil
        }
    }
}

/// What a dictionary's `keys`, `values` and `items` return.
final class DictView: TemplateObject {
    enum Kind: String {
        case keys
        case values
        case items
    }

    let dict: Dict
    let kind: Kind

    init(_ dict: Dict, _ kind: Kind) {
        self.dict = dict
        self.kind = kind
    }

    override var typeName: String { "dict_\(kind.rawValue)" }
    override var isTrue: Bool { dict.count > 0 }
    override var length: Int? { dict.count }

    override func iterate() -> [Value]? { elements }

    /// The elements in order.
    var elements: [Value] {
        switch kind {
        case .keys: dict.entries.map(\.key)
        case .values: dict.entries.map(\.value)
        case .items: dict.entries.map { .tuple([$0.key, $0.value]) }
        }
    }
}

/// `namespace(...)`: the one thing whose attributes a template may set.
final class Namespace: TemplateObject {
    private var entries: [(name: String, value: Value)] = []

    override var typeName: String { "Namespace" }

    /// The attributes in the order in which they were first set.
    var attributes: [(name: String, value: Value)] { entries }

    override func attribute(_ name: String) -> Value? {
        for entry in entries where Text.sameBytes(entry.name, name) { return entry.value }
        return nil
    }

    func set(_ name: String, _ value: Value) {
        for position in entries.indices where Text.sameBytes(entries[position].name, name) {
            entries[position].value = value
            return
        }
        entries.append((name, value))
    }
}

/// The value of `cycler(…)`.
final class Cycler: TemplateObject {
    private let items: [Value]
    private var position = 0

    init(_ items: [Value]) { self.items = items }

    override var typeName: String { "Cycler" }

    override func attribute(_ name: String) -> Value? {
        switch name {
        case "current": return items[position]
        case "next":
            return .object(
                Function("next") { (_, arguments) throws(TemplateError) in
                    _ = try arguments.bind("next", [])
                    defer { self.position = (self.position + 1) % self.items.count }
                    return self.items[self.position]
                }
            )
        case "reset":
            return .object(
                Function("reset") { (_, arguments) throws(TemplateError) in
                    _ = try arguments.bind("reset", [])
                    self.position = 0
                    return .none
                }
            )
        default: return nil
        }
    }
}

/// `joiner(sep)`: empty at the first call, the separator afterwards.
final class Joiner: TemplateObject {
    private let separator: Value
    private var used = false

    init(_ separator: Value) { self.separator = separator }

    override var typeName: String { "Joiner" }
    override var isCallable: Bool { true }

    override func call(_ arguments: Arguments, in interpreter: Interpreter) throws(TemplateError) -> Value {
        _ = try arguments.bind("joiner", [])
        defer { used = true }
        return used ? separator : .string("")
    }
}
