extension Parser {
    /// One tag; the current token is its name.
    mutating func statement() throws(TemplateError) -> [Statement] {
        guard case .name(let tag) = current else { throw error("tag name expected") }
        let place = offset
        openTags.append(tag)
        if let kind = try knownStatement(tag) {
            openTags.removeLast()
            return [Statement(kind: kind, offset: place)]
        }
        if tag == "print" {
            let printed = try printStatement()
            openTags.removeLast()
            return printed
        }
        openTags.removeLast()
        throw unknownTag(tag)
    }

    private mutating func knownStatement(_ tag: String) throws(TemplateError) -> Statement.Kind? {
        switch tag {
        case "for": return try forStatement()
        case "if": return try ifStatement()
        case "set": return try setStatement()
        case "macro": return try macroStatement()
        case "call": return try callStatement()
        case "with": return try withStatement()
        case "filter":
            advance()
            let filter = try filterChain(Expression(kind: .blockText, offset: offset, depth: 1), startsInline: true)
            return .filterBlock(filter, body: try body(closedBy: "endfilter"))
        case "autoescape":
            advance()
            let value = try expression()
            return .autoescape(value, body: try body(closedBy: "endautoescape"))
        case "generation":
            advance()
            return .scope(try body(closedBy: "endgeneration"))
        case "do":
            advance()
            return .evaluation(try tuple())
        case "block": return try blockStatement()
        case "break", "continue":
            if loopDepth == 0 { throw error("'\(tag)' outside loop") }
            advance()
            return tag == "break" ? .breakLoop : .continueLoop
        case "include", "import", "from", "extends": return try unavailableStatement()
        default: return nil
        }
    }

    private mutating func printStatement() throws(TemplateError) -> [Statement] {
        advance()
        var printed: [Statement] = []
        while current != .blockEnd {
            if !printed.isEmpty { try expectSymbol(.comma) }
            let place = offset
            printed.append(Statement(kind: .output(try expression()), offset: place))
        }
        return printed
    }

    /// Reads past a tag that needs a template loader, which this sandbox does not have.
    private mutating func unavailableStatement() throws(TemplateError) -> Statement.Kind {
        advance()
        if current == .blockEnd {
            throw error("Expected an expression, got \(PythonFormat.quoted(Parser.describe(current)))")
        }
        while current != .blockEnd {
            if current == .end { throw unexpected(Parser.describe(.blockEnd)) }
            advance()
        }
        return .unavailable
    }

    private mutating func forStatement() throws(TemplateError) -> Statement.Kind {
        advance()
        let target = try assignmentTarget()
        guard skipName("in") else { throw unexpected("in") }
        let iterable = try tuple(allowsConditional: false, stopsAt: "recursive")
        var filter: Expression?
        if skipName("if") {
            let outer = isSoft
            isSoft = false
            filter = try expression()
            isSoft = outer
        }
        let isRecursive = skipName("recursive")
        loopDepth += 1
        let body = try body(until: ["endfor", "else"])
        loopDepth -= 1
        let hasElse = isName("else")
        advance()
        let otherwise = hasElse ? try self.body(closedBy: "endfor") : []
        return .loop(
            Statement.Loop(
                target: target,
                iterable: iterable,
                filter: filter,
                isRecursive: isRecursive,
                body: body,
                otherwise: otherwise
            )
        )
    }

    private mutating func ifStatement() throws(TemplateError) -> Statement.Kind {
        let outer = isSoft
        isSoft = true
        defer { isSoft = outer }
        var branches: [Statement.Branch] = []
        var otherwise: [Statement] = []
        repeat {
            advance()
            let test = try tuple(allowsConditional: false)
            branches.append(Statement.Branch(test: test, body: try body(until: ["elif", "else", "endif"], soft: true)))
        } while isName("elif")
        let hasElse = isName("else")
        advance()
        if hasElse {
            otherwise = try body(until: ["endif"], soft: true)
            advance()
        }
        return .conditional(branches, otherwise: otherwise)
    }

    private mutating func setStatement() throws(TemplateError) -> Statement.Kind {
        advance()
        let target = try assignmentTarget(allowsNamespace: true)
        if skipSymbol(.assign) { return .set(target, try tuple()) }
        var filter: Expression?
        if isSymbol(.pipe) {
            filter = try filterChain(Expression(kind: .blockText, offset: offset, depth: 1), startsInline: false)
        }
        return .setBlock(target, filter: filter, body: try body(closedBy: "endset"))
    }

    private mutating func withStatement() throws(TemplateError) -> Statement.Kind {
        advance()
        var bindings: [Statement.Binding] = []
        while current != .blockEnd {
            if !bindings.isEmpty { try expectSymbol(.comma) }
            let target = try assignmentTarget()
            try expectSymbol(.assign)
            bindings.append(Statement.Binding(target: target, value: try expression()))
        }
        return .with(bindings, body: try body(closedBy: "endwith"))
    }

    private mutating func blockStatement() throws(TemplateError) -> Statement.Kind {
        advance()
        let place = offset
        let name = try expectName()
        guard blockNames.insert(name).inserted else { throw error("block '\(name)' defined twice", at: place) }
        let isScoped = skipName("scoped")
        _ = skipName("required")
        let outerLoops = loopDepth
        loopDepth = 0
        let body = try body(until: ["endblock"])
        loopDepth = outerLoops
        advance()
        if case .name = current { advance() }
        return .block(body, isScoped: isScoped)
    }

    // MARK: - Macros

    private mutating func macroStatement() throws(TemplateError) -> Statement.Kind {
        advance()
        let name = try targetName()
        return .macro(try macro(name, end: "endmacro"))
    }

    private mutating func callStatement() throws(TemplateError) -> Statement.Kind {
        let place = offset
        advance()
        var parameters: [Statement.Parameter] = []
        if isSymbol(.lparen) { parameters = try signature() }
        let call = try expression()
        guard case .call(_, let arguments) = call.kind else { throw error("expected call", at: place) }
        if arguments.keywords.contains(where: { $0.name == "caller" }) {
            throw error("keyword argument repeated: caller", at: place)
        }
        return .callBlock(try macroBody("caller", parameters, end: "endcall"), call: call)
    }

    private mutating func macro(_ name: String, end: String) throws(TemplateError) -> Statement.Macro {
        try macroBody(name, try signature(), end: end)
    }

    private mutating func macroBody(
        _ name: String,
        _ parameters: [Statement.Parameter],
        end: String
    ) throws(TemplateError) -> Statement.Macro {
        macroUses.append(MacroUses())
        let outerLoops = loopDepth
        loopDepth = 0
        let body = try body(closedBy: end)
        loopDepth = outerLoops
        let uses = macroUses.removeLast()
        return Statement.Macro(
            name: name,
            nameID: nameID(name),
            parameters: parameters,
            body: body,
            usesVarargs: uses.varargs,
            usesKwargs: uses.kwargs,
            usesCaller: uses.caller
        )
    }

    private mutating func signature() throws(TemplateError) -> [Statement.Parameter] {
        var parameters: [Statement.Parameter] = []
        try expectSymbol(.lparen)
        while !isSymbol(.rparen) {
            if !parameters.isEmpty { try expectSymbol(.comma) }
            let name = try targetName()
            var value: Expression?
            if skipSymbol(.assign) {
                value = try expression()
            } else if parameters.last?.defaultValue != nil {
                throw error("non-default argument follows default argument")
            }
            parameters.append(Statement.Parameter(name: name, nameID: nameID(name), defaultValue: value))
        }
        advance()
        return parameters
    }

    // MARK: - Targets

    private mutating func targetName() throws(TemplateError) -> String {
        let place = offset
        let name = try expectName()
        if Parser.constants.contains(name) { throw error("can't assign to 'const'", at: place) }
        return name
    }

    /// One name, or several with commas between them; `in` is a name here, as it is for the reference.
    private mutating func assignmentTarget(allowsNamespace: Bool = false) throws(TemplateError) -> Target {
        var targets: [Target] = []
        var isTuple = false
        while !isTupleEnd() {
            targets.append(try singleTarget(allowsNamespace: allowsNamespace))
            guard isSymbol(.comma) else { break }
            isTuple = true
            advance()
        }
        guard let first = targets.first else {
            throw error("Expected an expression, got \(PythonFormat.quoted(Parser.describe(current)))")
        }
        return isTuple ? .tuple(targets) : first
    }

    private mutating func singleTarget(allowsNamespace: Bool) throws(TemplateError) -> Target {
        let place = offset
        if isSymbol(.lparen) {
            nesting += 1
            defer { nesting -= 1 }
            if nesting > Parser.maximumNesting { throw tooDeep() }
            advance()
            let inner = try assignmentTarget(allowsNamespace: allowsNamespace)
            try expectSymbol(.rparen)
            return inner
        }
        guard case .name = current else {
            let value = try primary()
            if case .list = value.kind { throw error("can't assign to 'list'", at: place) }
            if case .dict = value.kind { throw error("can't assign to 'dict'", at: place) }
            throw error("can't assign to 'const'", at: place)
        }
        let name = try targetName()
        if allowsNamespace && isSymbol(.dot) {
            advance()
            return .attribute(of: nameID(name), try expectName())
        }
        return .name(nameID(name))
    }
}
