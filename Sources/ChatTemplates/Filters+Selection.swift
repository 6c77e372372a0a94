/// Filters that apply filters and tests to each element.
extension Filters {
    @Sendable static func map(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        // nothing to apply a filter to, and no matter which
        if !value.isTrue { return .object(Generator([])) }
        let apply: (Value) throws(TemplateError) -> Value
        if arguments.positional.isEmpty {
            let names = arguments.keywords.map(\.name)
            guard let attribute = arguments.keywords.first(where: { $0.name == "attribute" })?.value else {
                throw .runtime("map requires a filter argument")
            }
            if let unknown = names.first(where: { $0 != "attribute" && $0 != "default" }) {
                throw .runtime("Unexpected keyword argument '\(unknown)'")
            }
            let missing = arguments.keywords.first { $0.name == "default" }?.value
            let path = try AttributePath(attribute, missing: missing)
            apply = { element throws(TemplateError) in try path.value(of: element, interpreter) }
        } else {
            guard let name = arguments.positional[0].text?.string, let filter = named(name) else {
                let name = try interpreter.string(arguments.positional[0]).string
                throw .runtime("No filter named '\(name)'.")
            }
            let rest = Arguments(positional: Array(arguments.positional.dropFirst()), keywords: arguments.keywords)
            apply = { element throws(TemplateError) in try filter(interpreter, element, rest) }
        }
        try interpreter.enter()
        defer { interpreter.leave() }
        return try Generator.deferring { mapped throws(TemplateError) in
            for element in try interpreter.elements(of: value) {
                try interpreter.charge(steps: 1)
                mapped.append(try apply(element))
            }
        }
    }

    private static func selection(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments,
        keeps: Bool,
        byAttribute: Bool
    ) throws(TemplateError) -> Value {
        if !value.isTrue { return .object(Generator([])) }
        var positional = arguments.positional[...]
        var path: AttributePath?
        if byAttribute {
            guard let attribute = positional.popFirst() else { throw .runtime("Missing parameter for attribute name") }
            path = try AttributePath(attribute)
        }
        var test: Tests.Function?
        if let first = positional.popFirst() {
            let name = try interpreter.string(first).string
            guard let found = Tests.named(name) else { throw .runtime("No test named '\(name)'.") }
            test = found
        }
        let rest = Arguments(positional: Array(positional), keywords: arguments.keywords)
        try interpreter.enter()
        defer { interpreter.leave() }
        return try Generator.deferring { kept throws(TemplateError) in
            for element in try interpreter.elements(of: value) {
                try interpreter.charge(steps: 1)
                let subject = try path?.value(of: element, interpreter) ?? element
                if try (test?(interpreter, subject, rest) ?? subject.isTrue) == keeps { kept.append(element) }
            }
        }
    }

    @Sendable static func select(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        try selection(interpreter, value, arguments, keeps: true, byAttribute: false)
    }

    @Sendable static func reject(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        try selection(interpreter, value, arguments, keeps: false, byAttribute: false)
    }

    @Sendable static func selectAttribute(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        try selection(interpreter, value, arguments, keeps: true, byAttribute: true)
    }

    @Sendable static func rejectAttribute(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        try selection(interpreter, value, arguments, keeps: false, byAttribute: true)
    }
}
