import MartletJSON

/// Writes the constraint of calls from a format's description.
struct ToolCallWriter {
    private let section: ToolSection

    /// A writer, or `nil` for a format whose calls cannot be written this way.
    init?(_ format: ToolFormat) {
        guard let section = format.sections.first else { return nil }
        self.section = section
    }

    /// Calls of the tools and nothing else.
    ///
    /// - Parameters:
    ///   - tools: the tools one of which is called each time.
    ///   - allowsMany: whether there may be more than one call.
    /// - Returns: the format, or `nil` where calls written this way cannot be held to the schemas.
    func forcedFormat(_ tools: [ToolDefinition], allowsMany: Bool) -> JSONValue? {
        guard let calls = calls(tools) else { return nil }
        let begin = JSONFormats.text(begin + opening)
        let units = section.holdsManyCalls ? calls : calls.map { JSONFormats.sequence([begin, $0]) }
        let repeated = repeated(JSONFormats.choice(units), allowsMany: allowsMany)
        guard section.holdsManyCalls else { return JSONFormats.sequence(repeated) }
        return JSONFormats.sequence([begin] + repeated + [JSONFormats.text(section.closing)])
    }

    /// Any text in which calls satisfy the schemas.
    ///
    /// - Parameters:
    ///   - tools: the tools that may be called.
    ///   - allowsMany: whether there may be more than one call.
    /// - Returns: the format, or `nil` where no marker stands before calls, or they cannot be held to the schemas.
    func triggeredFormat(_ tools: [ToolDefinition], allowsMany: Bool) -> JSONValue? {
        guard section.begin.isMarker, let calls = calls(tools) else { return nil }
        var contents = calls.map { JSONFormats.sequence([JSONFormats.text(opening), $0]) }
        if section.holdsManyCalls {
            let repeated = repeated(JSONFormats.choice(calls), allowsMany: allowsMany)
            contents = [
                JSONFormats.sequence([JSONFormats.text(opening)] + repeated + [JSONFormats.text(section.closing)])
            ]
        }
        let tags = contents.map { content -> JSONValue in
            ["type": "tag", "begin": .string(section.begin.text), "content": content, "end": ""]
        }
        return [
            "type": "triggered_tags", "triggers": [.string(section.begin.text)], "tags": .array(tags),
            "at_least_one": false, "stop_after_first": .bool(!allowsMany),
        ]
    }

    private var begin: String { section.begin.isMarker ? section.begin.text : "" }

    private var opening: String {
        section.opening.map { step in
            if case .literal(let text) = step { text } else { "" }
        }.joined()
    }

    private func repeated(_ call: JSONValue, allowsMany: Bool) -> [JSONValue] {
        guard allowsMany else { return [call] }
        let next = JSONFormats.sequence([JSONFormats.text(section.separator), call])
        return [call, ["type": "star", "content": next]]
    }

    private func calls(_ tools: [ToolDefinition]) -> [JSONValue]? {
        var calls: [JSONValue] = []
        for tool in tools {
            var parts: [JSONValue] = []
            for step in section.call {
                guard let written = self.parts(of: step, tool) else { return nil }
                parts += written
            }
            calls.append(JSONFormats.sequence(parts + [JSONFormats.text(section.callEnd)]))
        }
        return calls.isEmpty ? nil : calls
    }

    private func parts(of step: ToolCallStep, _ tool: ToolDefinition) -> [JSONValue]? {
        switch step {
        case .literal(let text): return [JSONFormats.text(text)]
        case .optional(let text): return [["type": "optional", "content": JSONFormats.text(text)]]
        case .identifier: return []
        case .skipped(let until, let written): return [JSONFormats.text(written + until)]
        case .name(let syntax): return name(syntax, tool)
        case .callObject(let syntax):
            let name = JSONValue.string(tool.name).serialized
            let head = "{\"\(syntax.nameKeys[0])\": \(name), \"\(syntax.argumentKeys[0])\": "
            return [JSONFormats.text(head), JSONFormats.schema(of: tool), JSONFormats.text("}")]
        case .arguments: return [JSONFormats.schema(of: tool)]
        case .parameters(let syntax): return ParameterWriter(syntax, tool)?.parts
        case .pythonArguments, .markedArguments: return nil
        }
    }

    private func name(_ syntax: ToolNameSyntax, _ tool: ToolDefinition) -> [JSONValue] {
        let end = JSONFormats.text(syntax.ends.first { $0.isConsumed }?.marker ?? "")
        if syntax.isFunctionIndex {
            return [JSONFormats.text("functions.\(tool.name):"), ["type": "regex", "pattern": "[0-9]{1,3}"], end]
        }
        return [JSONFormats.text(syntax.isQuoted ? "\"\(tool.name)\"" : tool.name), end]
    }
}
