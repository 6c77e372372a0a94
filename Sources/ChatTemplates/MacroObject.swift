/// A macro with the variables around its definition.
final class MacroObject: TemplateObject {
    private let macro: Statement.Macro
    private let scope: Scope
    private let isCallBlock: Bool

    init(_ macro: Statement.Macro, _ scope: Scope, isCallBlock: Bool = false) {
        self.macro = macro
        self.scope = scope
        self.isCallBlock = isCallBlock
    }

    override var typeName: String { "Macro" }
    override var isCallable: Bool { true }
    override var representation: String { "<Macro '\(macro.name)'>" }

    override func attribute(_ name: String) -> Value? {
        switch name {
        case "name": isCallBlock ? Value.none : .string(macro.name)
        case "arguments": .tuple(macro.parameters.map { .string($0.name) })
        case "catch_varargs": .bool(macro.usesVarargs)
        case "catch_kwargs": .bool(macro.usesKwargs)
        case "caller": .bool(macro.usesCaller)
        default: nil
        }
    }

    override func call(_ arguments: Arguments, in interpreter: Interpreter) throws(TemplateError) -> Value {
        try interpreter.enter()
        defer { interpreter.leave() }
        let inner = Scope(parent: scope)
        var text = try interpreter.captured { () throws(TemplateError) in
            _ = try interpreter.inScope(inner) { () throws(TemplateError) in
                try bind(arguments, inner, interpreter)
                return try interpreter.run(macro.body)
            }
        }
        text.isSafe = interpreter.escapesOutput
        try interpreter.charge(bytes: text.byteCount)
        return .string(text)
    }

    private func bind(_ arguments: Arguments, _ inner: Scope, _ interpreter: Interpreter) throws(TemplateError) {
        var keywords = arguments.keywords
        let names = interpreter.program.wellKnown
        var given: [Value?] = Array(arguments.positional.prefix(macro.parameters.count))
        for parameter in macro.parameters.dropFirst(given.count) {
            given.append(MacroObject.take(parameter.name, from: &keywords))
        }
        if macro.usesCaller && !macro.parameters.contains(where: { $0.nameID == names.caller }) {
            let caller = MacroObject.take("caller", from: &keywords)
            inner.set(names.caller, caller ?? .undefined(Undefined("No caller defined")))
        }
        if macro.usesKwargs {
            inner.set(
                names.kwargs,
                .dict(try Dict(keywords.map { Dict.Entry(key: .string($0.name), value: $0.value) }))
            )
        } else if let unknown = keywords.first {
            throw .runtime("macro '\(macro.name)' takes no keyword argument '\(unknown.name)'")
        }
        let surplus = Array(arguments.positional.dropFirst(macro.parameters.count))
        if macro.usesVarargs {
            inner.set(names.varargs, .tuple(surplus))
        } else if !surplus.isEmpty {
            throw .runtime("macro '\(macro.name)' takes not more than \(macro.parameters.count) argument(s)")
        }
        for (parameter, value) in zip(macro.parameters, given) {
            if let value {
                inner.set(parameter.nameID, value)
            } else if let defaultValue = parameter.defaultValue {
                inner.set(parameter.nameID, try interpreter.evaluate(defaultValue))
            } else {
                let missing = Undefined("parameter '\(parameter.name)' was not provided")
                inner.set(parameter.nameID, .undefined(missing))
            }
        }
    }

    private static func take(_ name: String, from keywords: inout [(name: String, value: Value)]) -> Value? {
        guard let position = keywords.firstIndex(where: { Text.sameBytes($0.name, name) }) else { return nil }
        return keywords.remove(at: position).value
    }
}
