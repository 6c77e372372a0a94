/// Filters on text.
extension Filters {
    private static func mapped(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments,
        _ mapping: StringOperations.CaseMapping
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("filter", [])
        let text = try interpreter.string(value)
        try interpreter.charge(bytes: text.byteCount)
        var mapped = StringOperations.mapped(text, mapping)
        mapped.isSafe = text.isSafe
        return .string(mapped)
    }

    /// The text of a value that must be one; nothing for undefined.
    private static func string(_ value: Value, _ filter: String) throws(TemplateError) -> Text {
        if case .undefined(let undefined) = value { throw undefined.error }
        guard let text = value.text else { throw .runtime("\(filter) needs a string, not '\(value.typeName)'") }
        return text
    }

    @Sendable static func upper(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value { try mapped(interpreter, value, arguments, .upper) }

    @Sendable static func lower(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value { try mapped(interpreter, value, arguments, .lower) }

    @Sendable static func capitalize(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value { try mapped(interpreter, value, arguments, .capitalized) }

    /// Capitalizes words as the filter splits them: after white space, `-`, `(`, `{`, `[` and `<`.
    @Sendable static func title(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("title", [])
        let text = try interpreter.string(value)
        try interpreter.charge(bytes: text.byteCount)
        var builder = TextBuilder()
        var isStart = true
        for scalar in StringOperations.scalars(text) {
            let isSeparator = scalar.string.unicodeScalars.allSatisfy {
                UTF8Scalars.isWhitespace($0.value) || "-({[<".unicodeScalars.contains($0)
            }
            builder.append(StringOperations.mapped(scalar, isStart ? .upper : .lower))
            isStart = isSeparator
        }
        return .string(builder.text)
    }

    @Sendable static func trim(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let characters = try arguments.bind("trim", ["chars"])[0]
        let text = try interpreter.string(value)
        try interpreter.charge(bytes: text.byteCount)
        if let characters, !characters.isNone, characters.text == nil {
            throw .runtime("strip arg must be None or str")
        }
        var trimmed = StringOperations.strip(text, characters?.text?.string, .both)
        trimmed.isSafe = text.isSafe
        return .string(trimmed)
    }

    @Sendable static func replace(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("replace", ["old", "new", "count"], required: 2)
        let most = bound[2].map { $0.isNone } == true ? -1 : try integer(bound[2], -1)
        var text = try interpreter.string(value)
        try interpreter.charge(bytes: text.byteCount)
        let old = try interpreter.string(bound[0] ?? .none)
        var new = try interpreter.string(bound[1] ?? .none)
        if interpreter.escapesOutput {
            if !text.isSafe, old.isSafe || new.isSafe { text = StringOperations.escaped(text) }
            if text.isSafe, !new.isSafe { new = StringOperations.escaped(new) }
        }
        let limit = most < 0 ? .max : most
        var replaced = try StringOperations.replace(text, old, new, limit: limit, interpreter)
        replaced.isSafe = interpreter.escapesOutput && text.isSafe
        return .string(replaced)
    }

    @Sendable static func escape(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("escape", [])
        let text = try interpreter.string(value)
        try interpreter.charge(bytes: text.byteCount)
        return .string(text.isSafe ? text : StringOperations.escaped(text))
    }

    @Sendable static func forceEscape(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("forceescape", [])
        return .string(StringOperations.escaped(try interpreter.string(value)))
    }

    @Sendable static func safe(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("safe", [])
        var text = try interpreter.string(value)
        text.isSafe = true
        return .string(text)
    }

    @Sendable static func center(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let width = try integer(arguments.bind("center", ["width"])[0], 80)
        return .string(
            try StringOperations.padded(try interpreter.string(value), width, Text(" "), .both, interpreter)
        )
    }

    @Sendable static func format(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if !arguments.positional.isEmpty && !arguments.keywords.isEmpty {
            throw .runtime("can't handle positional and keyword arguments at the same time")
        }
        var argument = Value.tuple(arguments.positional)
        if !arguments.keywords.isEmpty {
            argument = .dict(
                try Dict(arguments.keywords.map { Dict.Entry(key: .string($0.name), value: $0.value) })
            )
        }
        return .string(try PercentFormat.format(try interpreter.string(value), argument, interpreter))
    }

    @Sendable static func indent(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("indent", ["width", "first", "blank"])
        let indentation: Text
        if let text = bound[0]?.text {
            indentation = text
        } else {
            let width = try integer(bound[0], 4)
            if width > TemplateLimits.maximumPadding { throw .limit("an indentation is too wide") }
            indentation = Text(String(repeating: " ", count: max(0, width)))
        }
        let indentsBlank = bound[2]?.isTrue ?? false
        let text = try string(value, "indent")
        var builder = TextBuilder()
        if bound[1]?.isTrue ?? false { builder.append(indentation) }
        for (position, line) in StringOperations.splitLines(text + Text("\n"), keepsEnds: false).enumerated() {
            try interpreter.charge(steps: 1 + (line.byteCount + indentation.byteCount) / 16)
            if position > 0 {
                builder.append("\n")
                if indentsBlank || !line.isEmpty { builder.append(indentation) }
            }
            builder.append(line)
        }
        return .string(text.markedAlike(builder.text))
    }

    @Sendable static func truncate(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("truncate", ["length", "killwords", "end", "leeway"])
        let length = try integer(bound[0], 255)
        let end = bound[2] ?? .string("...")
        let endLength = try Filters.length(of: end, interpreter)
        let leeway = try integer(bound[3].flatMap { $0.isNone ? nil : $0 }, 5)
        if length < endLength { throw .runtime("expected length >= \(endLength), got \(length)") }
        if leeway < 0 { throw .runtime("expected leeway >= 0, got \(leeway)") }
        if value.text == nil {
            let count = try Filters.length(of: value, interpreter)
            if count <= length.addingReportingOverflow(leeway).partialValue { return value }
        }
        let text = try string(value, "truncate")
        try interpreter.charge(bytes: text.byteCount)
        if text.scalarCount <= length.addingReportingOverflow(leeway).partialValue { return .string(text) }
        var kept = text.prefix(length - endLength)
        if !(bound[1]?.isTrue ?? false) { kept = StringOperations.splitFromRight(kept, Text(" "), limit: 1)[0] }
        return try interpreter.arithmetic(.add, .string(text.markedAlike(kept)), end)
    }

    @Sendable static func wordCount(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("wordcount", [])
        var count = 0
        var isInside = false
        for scalar in try interpreter.string(value).string.unicodeScalars {
            let isWord =
                scalar == "_" || StringOperations.isAlphabetic(scalar) || StringOperations.isNumeric(scalar)
            if isWord && !isInside { count += 1 }
            isInside = isWord
        }
        return .int(count)
    }

    /// Breaks lines at white space; words longer than a line are cut.
    @Sendable static func wordWrap(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"]
        let bound = try arguments.bind("wordwrap", names)
        let width = try integer(bound[0], 79)
        guard width > 0 else { throw .runtime("invalid width \(width) (must be > 0)") }
        let breaksWords = bound[1]?.isTrue ?? true
        let separator = try interpreter.string(bound[2].flatMap { $0.isNone ? nil : $0 } ?? .string("\n"))
        let text = try string(value, "wordwrap")
        try interpreter.charge(steps: text.byteCount)
        var lines: [Text] = []
        for line in StringOperations.splitLines(text, keepsEnds: false) {
            let wrapped = WordWrap.wrap(
                line,
                width: width,
                breaksWords: breaksWords,
                breaksAtHyphens: bound[3]?.isTrue ?? true
            )
            lines.append(try StringOperations.join(wrapped, separator, interpreter))
        }
        return .string(try StringOperations.join(lines, separator, interpreter))
    }
}
