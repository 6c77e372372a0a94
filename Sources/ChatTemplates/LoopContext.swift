/// `loop` inside a `for`.
final class LoopContext: TemplateObject {
    var position = 0
    private let items: [Value]
    private let loop: Statement.Loop
    private let scope: Scope
    private let depth: Int
    private var lastChanged: [Value]?

    init(_ items: [Value], loop: Statement.Loop, scope: Scope, depth: Int) {
        self.items = items
        self.loop = loop
        self.scope = scope
        self.depth = depth
    }

    override var typeName: String { "LoopContext" }
    override var isCallable: Bool { true }
    override var length: Int? { items.count }
    override var representation: String { "<LoopContext \(position + 1)/\(items.count)>" }

    override func attribute(_ name: String) -> Value? {
        switch name {
        case "index": .int(position + 1)
        case "index0": .int(position)
        case "revindex": .int(items.count - position)
        case "revindex0": .int(items.count - position - 1)
        case "first": .bool(position == 0)
        case "last": .bool(position == items.count - 1)
        case "length": .int(items.count)
        case "depth": .int(depth + 1)
        case "depth0": .int(depth)
        case "previtem": position > 0 ? items[position - 1] : .undefined(Undefined("there is no previous item"))
        case "nextitem":
            position + 1 < items.count ? items[position + 1] : .undefined(Undefined("there is no next item"))
        case "cycle": .object(Function("cycle") { (_, arguments) throws(TemplateError) in try self.cycle(arguments) })
        case "changed":
            .object(Function("changed") { (_, arguments) throws(TemplateError) in .bool(self.changed(arguments)) })
        default: nil
        }
    }

    private func cycle(_ arguments: Arguments) throws(TemplateError) -> Value {
        guard !arguments.positional.isEmpty else { throw .runtime("no items for cycling given") }
        return arguments.positional[position % arguments.positional.count]
    }

    private func changed(_ arguments: Arguments) -> Bool {
        defer { lastChanged = arguments.positional }
        guard let lastChanged, lastChanged.count == arguments.positional.count else { return true }
        return !zip(lastChanged, arguments.positional).allSatisfy { $0.equals($1) }
    }

    override func call(_ arguments: Arguments, in interpreter: Interpreter) throws(TemplateError) -> Value {
        guard loop.isRecursive else {
            throw .runtime("The loop must have the 'recursive' marker to be called recursively.")
        }
        let bound = try arguments.bind("loop", ["iterable"], required: 1)
        guard let iterable = bound[0] else { return .none }
        try interpreter.enter()
        defer { interpreter.leave() }
        var text = try interpreter.captured { () throws(TemplateError) in
            try interpreter.runLoop(loop, over: iterable, in: scope, depth: depth + 1)
        }
        text.isSafe = interpreter.escapesOutput
        return .string(text)
    }
}
