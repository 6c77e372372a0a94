extension Interpreter {
    /// How a run of statements ended.
    enum Flow {
        case normal
        case breakLoop
        case continueLoop
    }

    func run(_ statements: [Statement]) throws(TemplateError) -> Flow {
        try enter()
        for statement in statements {
            let flow = try run(statement)
            if flow != .normal {
                leave()
                return flow
            }
        }
        leave()
        return .normal
    }

    private func run(_ statement: Statement) throws(TemplateError) -> Flow {
        try charge(steps: 1)
        offset = statement.offset
        switch statement.kind {
        case .text(let text): try write(Text(text))
        case .output(let expression): try print(expression)
        case .evaluation(let expression): _ = try evaluate(expression)
        case .conditional(let branches, let otherwise): return try runConditional(branches, otherwise)
        case .loop(let loop): try runLoop(loop)
        case .set(let target, let expression): try assign(evaluate(expression), to: target)
        case .setBlock(let target, let filter, let body): try runSetBlock(target, filter, body)
        case .with(let bindings, let body): return try runWith(bindings, body)
        case .macro(let macro): scope.set(macro.nameID, .object(MacroObject(macro, scope)))
        case .callBlock(let macro, let call): try runCallBlock(macro, call)
        case .filterBlock(let filter, let body): try runFilterBlock(filter, body)
        case .autoescape(let value, let body): return try runAutoescape(value, body)
        case .scope(let body):
            return try inScope(Scope(parent: scope)) { () throws(TemplateError) in try run(body) }
        case .block(let body, let isScoped):
            try runBlock(body, in: Scope(parent: isScoped ? scope : root))
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        case .unavailable: throw .runtime("no loader for this environment specified")
        }
        return .normal
    }

    private func print(_ expression: Expression) throws(TemplateError) {
        let text = try string(evaluate(expression))
        try write(escapesOutput && !text.isSafe ? StringOperations.escaped(text) : text)
    }

    private func runConditional(
        _ branches: [Statement.Branch],
        _ otherwise: [Statement]
    ) throws(TemplateError) -> Flow {
        for branch in branches where try evaluate(branch.test).isTrue { return try run(branch.body) }
        return try run(otherwise)
    }

    private func runSetBlock(
        _ target: Target,
        _ filter: Expression?,
        _ body: [Statement]
    ) throws(TemplateError) {
        let text = try capturedBlock(body)
        guard let filter else { return try assign(.string(text), to: target) }
        let value = try filtered(text, filter)
        guard escapesOutput else { return try assign(value, to: target) }
        // whatever the filter gave is markup then
        var markup = try string(value)
        markup.isSafe = true
        try assign(.string(markup), to: target)
    }

    private func runFilterBlock(_ filter: Expression, _ body: [Statement]) throws(TemplateError) {
        let text = try capturedBlock(body)
        try writeBlock(filtered(text, filter))
    }

    /// Writes what a filter or call block gives; unlike the value of an expression it has to be text.
    private func writeBlock(_ value: Value) throws(TemplateError) {
        guard let text = value.text else { throw .runtime("a block gave \(value.typeName) instead of text") }
        try write(text)
    }

    private func capturedBlock(_ body: [Statement]) throws(TemplateError) -> Text {
        var text = try captured { () throws(TemplateError) in
            _ = try inScope(Scope(parent: scope)) { () throws(TemplateError) in try run(body) }
        }
        text.isSafe = escapesOutput
        return text
    }

    private func filtered(_ text: Text, _ filter: Expression) throws(TemplateError) -> Value {
        let outer = blockText
        blockText = .string(text)
        defer { blockText = outer }
        return try evaluate(filter)
    }

    private func runWith(_ bindings: [Statement.Binding], _ body: [Statement]) throws(TemplateError) -> Flow {
        let inner = Scope(parent: scope)
        for binding in bindings {
            let value = try evaluate(binding.value)
            try inScope(inner) { () throws(TemplateError) in try assign(value, to: binding.target) }
        }
        return try inScope(inner) { () throws(TemplateError) in try run(body) }
    }

    /// Runs a block; escaping of what surrounds it does not reach into it.
    private func runBlock(_ body: [Statement], in inner: Scope) throws(TemplateError) {
        let outer = escapesOutput
        escapesOutput = false
        defer { escapesOutput = outer }
        _ = try inScope(inner) { () throws(TemplateError) in try run(body) }
    }

    private func runAutoescape(_ value: Expression, _ body: [Statement]) throws(TemplateError) -> Flow {
        let outer = escapesOutput
        escapesOutput = try evaluate(value).isTrue
        defer { escapesOutput = outer }
        return try inScope(Scope(parent: scope)) { () throws(TemplateError) in try run(body) }
    }

    private func runCallBlock(_ macro: Statement.Macro, _ call: Expression) throws(TemplateError) {
        guard case .call(let callee, let arguments) = call.kind else { return }
        var values = try self.arguments(arguments)
        values.keywords.append(("caller", .object(MacroObject(macro, scope, isCallBlock: true))))
        try writeBlock(self.call(callee, values, at: call.offset))
    }

    // MARK: - Loops

    private func runLoop(_ loop: Statement.Loop) throws(TemplateError) {
        try runLoop(loop, over: evaluate(loop.iterable), in: scope, depth: 0)
    }

    /// Runs a loop; a recursive one comes here again for each `loop(…)`.
    func runLoop(
        _ loop: Statement.Loop,
        over iterable: Value,
        in outer: Scope,
        depth: Int
    ) throws(TemplateError) {
        var items = try elements(of: iterable)
        if let filter = loop.filter {
            items = try items.filtering { item throws(TemplateError) in
                try inScope(Scope(parent: outer)) { () throws(TemplateError) in
                    try assign(item, to: loop.target)
                    return try evaluate(filter).isTrue
                }
            }
        }
        // as in Jinja2, `else` runs unless some iteration came to the end of the body
        var hasCompleted = false
        let context = LoopContext(items, loop: loop, scope: outer, depth: depth)
        for (position, item) in items.enumerated() {
            try charge(steps: 3)
            context.position = position
            let inner = Scope(parent: outer)
            inner.set(program.wellKnown.loop, .object(context))
            let flow = try inScope(inner) { () throws(TemplateError) in
                try assign(item, to: loop.target)
                return try run(loop.body)
            }
            if flow == .breakLoop { break }
            if flow == .normal { hasCompleted = true }
        }
        guard !hasCompleted && !loop.otherwise.isEmpty else { return }
        _ = try inScope(Scope(parent: outer)) { () throws(TemplateError) in try run(loop.otherwise) }
    }
}

extension Array {
    func filtering(_ isIncluded: (Element) throws(TemplateError) -> Bool) throws(TemplateError) -> [Element] {
        var kept: [Element] = []
        for element in self where try isIncluded(element) { kept.append(element) }
        return kept
    }

    func mapping<T>(_ transform: (Element) throws(TemplateError) -> T) throws(TemplateError) -> [T] {
        var mapped: [T] = []
        mapped.reserveCapacity(count)
        for element in self { mapped.append(try transform(element)) }
        return mapped
    }
}
