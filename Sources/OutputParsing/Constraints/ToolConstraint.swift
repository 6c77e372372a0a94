package import MartletJSON

/// What the generated text must satisfy so that it holds the calls that a request demands.
package struct ToolConstraint: Sendable, Hashable {
    /// A structural tag (`{"type": "structural_tag", "format": …}`) for the text, or for what follows the reasoning.
    package let structuralTag: JSONValue
    /// Whether the tag is about the text from its first character, reasoning included.
    package let coversReasoning: Bool

    private init(format: JSONValue, coversReasoning: Bool = false) {
        structuralTag = ["type": "structural_tag", "format": format]
        self.coversReasoning = coversReasoning
    }

    /// The constraint of a demanded call, or `nil` where none is demanded.
    ///
    /// Calls are written as the model's format has it; where that cannot express the schemas, as JSON: the arguments of a
    /// named tool, else a list of objects with `name` and `parameters`. `OutputParser` reads either.
    package static func forced(_ configuration: OutputParserConfiguration) -> ToolConstraint? {
        guard let tools = tools(of: configuration) else { return nil }
        if configuration.toolFormat?.usesChannels == true {
            return ToolConstraint(format: ChannelCallWriter.format(tools), coversReasoning: true)
        }
        let allowsMany = configuration.toolChoice == .required && configuration.allowsParallelCalls
        if let format = configuration.toolFormat,
            let native = ToolCallWriter(format)?.forcedFormat(tools, allowsMany: allowsMany)
        {
            return ToolConstraint(format: native)
        }
        if case .named = configuration.toolChoice {
            return ToolConstraint(format: JSONFormats.schema(of: tools[0]))
        }
        return ToolCallWriter(.jsonList)?.forcedFormat(tools, allowsMany: allowsMany).map { ToolConstraint(format: $0) }
    }

    /// The constraint of calls that the model may make: wherever it begins one, its arguments satisfy the tool's schema.
    ///
    /// - Returns: `nil` where no tool is strict, or the format has no marker before calls, or cannot express the schemas.
    package static func automatic(_ configuration: OutputParserConfiguration) -> ToolConstraint? {
        guard configuration.toolChoice == .auto, configuration.tools.contains(where: \.isStrict) else { return nil }
        guard let format = configuration.toolFormat, !format.usesChannels else { return nil }
        let tools = configuration.tools.map { tool in
            tool.isStrict ? tool : ToolDefinition(name: tool.name, parameters: ["type": "object"])
        }
        let allowsMany = configuration.allowsParallelCalls
        let tag = ToolCallWriter(format)?.triggeredFormat(tools, allowsMany: allowsMany)
        return tag.map { ToolConstraint(format: $0) }
    }

    /// The format of calls that are written as plain JSON since the model's own cannot express them, or `nil` where they
    /// are written in the model's own.
    static func forcedFormat(_ configuration: OutputParserConfiguration) -> ToolFormat? {
        guard let tools = tools(of: configuration) else { return nil }
        let allowsMany = configuration.toolChoice == .required && configuration.allowsParallelCalls
        if let format = configuration.toolFormat,
            format.usesChannels || ToolCallWriter(format)?.forcedFormat(tools, allowsMany: allowsMany) != nil
        {
            return nil
        }
        if case .named(let name) = configuration.toolChoice { return .jsonArguments(of: name) }
        return .jsonList
    }

    /// The tools one of which must be called, or `nil` where none must.
    private static func tools(of configuration: OutputParserConfiguration) -> [ToolDefinition]? {
        switch configuration.toolChoice {
        case .none, .auto: nil
        case .required: configuration.tools.isEmpty ? nil : configuration.tools
        case .named(let name): configuration.tools.first { $0.name == name }.map { [$0] }
        }
    }
}

extension ToolFormat {
    /// Demanded calls as a JSON list of objects with `name` and `parameters`.
    static let jsonList = ToolFormat(
        names: [],
        sections: [
            ToolSection(
                begin: .atStart("["),
                opening: [.literal("[")],
                call: [.callObject(CallObjectSyntax(argumentKeys: ["parameters"], normalizes: false))],
                after: [(",", .call), ("]", .outside)],
                holdsManyCalls: true,
                separator: ", ",
                closing: "]"
            )
        ]
    )

    /// A demanded call of one tool as its arguments alone.
    static func jsonArguments(of name: String) -> ToolFormat {
        ToolFormat(
            names: [],
            sections: [
                ToolSection(begin: .atStart("{"), call: [.arguments(normalizes: false)], fixedName: name)
            ]
        )
    }
}

/// Parts of structural tags.
enum JSONFormats {
    /// A text as it is.
    static func text(_ text: String) -> JSONValue { ["type": "const_string", "value": .string(text)] }

    /// One part behind the other; texts that follow each other become one.
    static func sequence(_ parts: [JSONValue]) -> JSONValue {
        var merged: [JSONValue] = []
        for part in parts {
            guard part["type"] == "const_string", let text = part["value"]?.string else {
                merged.append(part)
                continue
            }
            if text.isEmpty { continue }
            if merged.last?["type"] == "const_string", let before = merged.last?["value"]?.string {
                merged[merged.count - 1] = Self.text(before + text)
            } else {
                merged.append(part)
            }
        }
        return merged.count == 1 ? merged[0] : ["type": "sequence", "elements": .array(merged)]
    }

    /// One of some parts.
    static func choice(_ parts: [JSONValue]) -> JSONValue {
        parts.count == 1 ? parts[0] : ["type": "or", "elements": .array(parts)]
    }

    /// The arguments of a tool as a JSON object.
    static func schema(of tool: ToolDefinition) -> JSONValue {
        var schema = tool.parameters ?? ["type": "object"]
        if case .object(var members) = schema {
            let decidesType = ["type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"].contains {
                members[$0] != nil
            }
            if !decidesType {
                members["type"] = "object"
                schema = .object(members)
            }
        } else {
            schema = ["type": "object"]
        }
        return ["type": "json_schema", "json_schema": schema]
    }
}

/// Writes the constraint of demanded calls in the channels of the Harmony format.
enum ChannelCallWriter {
    /// Reasoning or none, then a message to one of the tools; the token that ends it is an end of the text.
    static func format(_ tools: [ToolDefinition]) -> JSONValue {
        let reasoning = JSONFormats.sequence([
            JSONFormats.text("<|channel|>analysis<|message|>"), ["type": "any_text", "excludes": ["<|"]],
            JSONFormats.text("<|end|><|start|>assistant"),
        ])
        let calls = tools.map { tool in
            JSONFormats.sequence([
                JSONFormats.text("<|channel|>commentary to=functions.\(tool.name) <|constrain|>json<|message|>"),
                JSONFormats.schema(of: tool),
            ])
        }
        return JSONFormats.sequence([["type": "optional", "content": reasoning], JSONFormats.choice(calls)])
    }
}
