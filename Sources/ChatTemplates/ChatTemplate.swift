package import MartletJSON

/// A chat template, compiled once: Jinja2 3.1 as transformers sets it up.
///
/// That is `trim_blocks`, `lstrip_blocks`, the immutable sandbox, `break` and `continue`, `generation` blocks,
/// `raise_exception`, `strftime_now`, and `tojson` as plain `json.dumps`. There is no way from a template to the host:
/// no includes, no imports, no Python attributes.
package struct ChatTemplate: Sendable {
    /// The template's text.
    package let source: String
    let program: Program
    private let normalized: [UInt8]

    /// Compiles a template.
    ///
    /// - Throws: `TemplateError` of the phases `lexer`, `parser` or `limit`, with line and column.
    package init(source: String) throws(TemplateError) {
        self.source = source
        normalized = Lexer.normalized(source)
        program = try Parser.parse(normalized)
    }

    /// Whether the template reads a variable of that name anywhere.
    package func uses(_ variable: String) -> Bool {
        program.names.contains { Text.sameBytes($0, variable) }
    }

    /// Renders the template.
    ///
    /// - Parameters:
    ///   - variables: what comes from the request; every string in it counts as request content.
    ///   - trusted: what comes from the model or the operator (`bos_token` and the like); `variables` hide these.
    ///   - clock: the time that `strftime_now` prints.
    ///   - limits: bounds on work and size.
    /// - Returns: the prompt and which parts of it are the client's.
    /// - Throws: `TemplateError` of the phases `runtime`, `raised` or `limit`.
    /// - Complexity: linear in the output for usual templates; bounded by `limits` for all.
    package func render(
        _ variables: JSONObject,
        trusted: JSONObject = JSONObject(),
        clock: TemplateClock = .now,
        limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> RenderedPrompt {
        var globals: [Value?] = []
        for name in program.names {
            if let value = variables[name] {
                globals.append(try Value(value, .request))
            } else if let value = trusted[name] {
                globals.append(try Value(value, .template))
            } else {
                globals.append(Globals.named(name))
            }
        }
        let interpreter = Interpreter(program, globals: globals, limits: limits, clock: clock)
        do throws(TemplateError) {
            _ = try interpreter.run(program.body)
        } catch {
            throw error.located(at: interpreter.offset, in: normalized)
        }
        return RenderedPrompt(interpreter.output)
    }
}

/// A prompt, and which parts of it the client wrote.
package struct RenderedPrompt: Sendable, Hashable {
    /// The prompt.
    package private(set) var text: String
    /// The UTF-8 ranges of `text` that come from the request: messages, tools, documents, request variables.
    ///
    /// They are sorted, disjoint, not adjacent and not empty. Special tokens spelled out inside them are not special.
    package private(set) var contentRanges: [Range<Int>]

    init(_ builder: TextBuilder) {
        text = String(decoding: builder.bytes, as: UTF8.self)
        contentRanges = builder.ranges
    }

    /// A prompt of one text with the given ranges from the request.
    package init(text: String, contentRanges: [Range<Int>]) {
        self.text = text
        self.contentRanges = contentRanges
    }

    /// The prompt up to that UTF-8 offset.
    func prefix(_ end: Int) -> RenderedPrompt {
        let kept = Text(text, .mixed(contentRanges)).slice(0..<end)
        let ranges = contentRanges.filter { $0.lowerBound < end }.map { $0.clamped(to: 0..<end) }
        return RenderedPrompt(text: kept.string, contentRanges: ranges)
    }
}

extension Value {
    private static let maximumJSONDepth = 600

    /// A JSON value as Python's `json.loads` makes it, its strings of that origin.
    init(_ json: JSONValue, _ origin: Origin, depth: Int = 0) throws(TemplateError) {
        if depth > Value.maximumJSONDepth { throw .limit("a template variable nests too deeply") }
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .bigInteger(let digits):
            guard let value = PythonNumber.integer(digits) else { throw .limit("an integer has too many digits") }
            self = value
        case .double(let value): self = .float(value)
        case .string(let value): self = .string(Text(value, origin))
        case .array(let elements):
            self = .list(
                try elements.mapping { element throws(TemplateError) in try Value(element, origin, depth: depth + 1) }
            )
        case .object(let members):
            let entries = try members.members.mapping { member throws(TemplateError) in
                Dict.Entry(
                    key: .string(Text(member.key, origin)),
                    value: try Value(member.value, origin, depth: depth + 1)
                )
            }
            self = .dict(Dict(unique: entries))
        }
    }
}
