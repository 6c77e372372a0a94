/// Walks a program's tree and writes its text; one instance serves one rendering.
///
/// This file holds the state and the bounds; statements, expressions and calls are in extensions.
final class Interpreter {
    let program: Program
    let limits: TemplateLimits
    let clock: TemplateClock
    /// The values that the template is given, by number of their names.
    private let globals: [Value?]
    var output = TextBuilder()
    /// The variables of the outermost level.
    let root: Scope
    /// The variables where the rendering is.
    var scope: Scope
    /// The node being evaluated, for error positions.
    var offset = 0
    /// The text that a filter or set block applies its filters to.
    var blockText = Value.none
    var escapesOutput = false
    private var steps = 0
    private var depth = 0

    init(_ program: Program, globals: [Value?], limits: TemplateLimits, clock: TemplateClock) {
        self.program = program
        self.globals = globals
        self.limits = limits
        self.clock = clock
        root = Scope(parent: nil)
        scope = root
    }

    // MARK: - Bounds

    func charge(steps count: Int) throws(TemplateError) {
        steps += count
        if steps > limits.maximumSteps { throw .limit("the template took more than \(limits.maximumSteps) steps") }
    }

    func charge(bytes count: Int) throws(TemplateError) { try charge(steps: count / 16) }

    func enter() throws(TemplateError) {
        depth += 1
        if depth > limits.maximumDepth { throw .limit("the template nested deeper than \(limits.maximumDepth) levels") }
    }

    func leave() { depth -= 1 }

    // MARK: - Variables

    func variable(_ id: Int) -> Value {
        var candidate: Scope? = scope
        while let current = candidate {
            if let value = current.value(of: id) { return value }
            candidate = current.parent
        }
        return globals[id] ?? .undefined(Undefined(name: program.names[id]))
    }

    func assign(_ value: Value, to target: Target) throws(TemplateError) {
        switch target {
        case .name(let id): scope.set(id, value)
        case .attribute(let id, let attribute):
            guard case .object(let object) = variable(id), let namespace = object as? Namespace else {
                throw .runtime("cannot assign attribute on non-namespace object")
            }
            namespace.set(attribute, value)
        case .tuple(let targets):
            let values = try elements(of: value)
            guard values.count == targets.count else {
                throw .runtime(
                    values.count < targets.count
                        ? "not enough values to unpack (expected \(targets.count), got \(values.count))"
                        : "too many values to unpack (expected \(targets.count))"
                )
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target) }
        }
    }

    /// The elements that iterating over a value yields.
    func elements(of value: Value) throws(TemplateError) -> [Value] {
        switch value {
        case .undefined: return []
        case .list(let elements), .tuple(let elements): return elements.values
        case .dict(let dict): return dict.entries.map(\.key)
        case .string(let text):
            try charge(steps: text.byteCount)
            return StringOperations.scalars(text).map { .string($0) }
        case .object(let object):
            if let length = object.length { try charge(steps: length) }
            if let elements = try object.iterate() { return elements }
        default: break
        }
        throw .runtime("'\(value.typeName)' object is not iterable")
    }

    /// Runs statements in a scope of their own inside the given one, and restores the current one.
    func inScope<Result>(
        _ inner: Scope,
        _ body: () throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        let outer = scope
        scope = inner
        defer { scope = outer }
        return try body()
    }

    /// The text that statements write.
    func captured(_ body: () throws(TemplateError) -> Void) throws(TemplateError) -> Text {
        let outer = output
        output = TextBuilder()
        defer { output = outer }
        try body()
        return output.text
    }

    func write(_ text: Text) throws(TemplateError) {
        try charge(steps: text.byteCount / 64)
        output.append(text)
        if output.count > limits.maximumOutputBytes {
            throw .limit("the prompt grew beyond \(limits.maximumOutputBytes) bytes")
        }
    }
}

/// The variables that one run of a block has set.
final class Scope {
    let parent: Scope?
    private var ids: [Int] = []
    private var values: [Value] = []

    init(parent: Scope?) { self.parent = parent }

    func value(of id: Int) -> Value? {
        for position in ids.indices where ids[position] == id { return values[position] }
        return nil
    }

    func set(_ id: Int, _ value: Value) {
        for position in ids.indices where ids[position] == id {
            values[position] = value
            return
        }
        ids.append(id)
        values.append(value)
    }
}
