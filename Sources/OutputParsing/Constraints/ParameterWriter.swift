import MartletJSON

/// Writes the constraint of arguments between markers from their JSON Schema, where that can be done exactly.
struct ParameterWriter {
    /// What a schema may say beyond its kind without saying more about the value.
    private static let annotations: Set<String> = [
        "type", "description", "title", "default", "examples", "$schema", "$comment", "deprecated",
    ]
    private static let objectKeywords = annotations.union([
        "properties", "required", "additionalProperties", "$defs", "definitions", "strict",
    ])

    private let syntax: ParameterSyntax
    private let schema: JSONValue
    /// The constraint as parts behind each other.
    private(set) var parts: [JSONValue] = []

    /// A writer, or `nil` where the schema cannot be expressed.
    init?(_ syntax: ParameterSyntax, _ tool: ToolDefinition) {
        self.syntax = syntax
        schema = tool.parameters ?? ["type": "object"]
        let keys = schema.object?.keys ?? []
        guard schema.object != nil, keys.allSatisfy(Self.objectKeywords.contains) else { return nil }
        guard schema["type"] == nil || schema["type"] == "object" else { return nil }
        let properties = schema["properties"]?.object ?? JSONObject()
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        guard required.isSubset(of: properties.keys) else { return nil }
        for property in properties {
            guard !property.key.isEmpty, !syntax.mayBreak(property.key), let part = part(property.key, property.value)
            else { return nil }
            parts.append(required.contains(property.key) ? part : ["type": "optional", "content": part])
        }
        parts.append(JSONFormats.text(syntax.layout.end))
    }

    private func part(_ name: String, _ property: JSONValue) -> JSONValue? {
        guard let (value, isString) = value(property) else { return nil }
        let before = syntax.layout.before.split(separator: "NAME", omittingEmptySubsequences: false)
            .joined(separator: name).split(separator: "TYPE", omittingEmptySubsequences: false)
            .joined(separator: isString ? "true" : "false")
        return JSONFormats.sequence([JSONFormats.text(before), value, JSONFormats.text(syntax.layout.after)])
    }

    private func value(_ property: JSONValue) -> (JSONValue, isString: Bool)? {
        let type = ParameterType(of: "value", in: tool(property))
        switch type {
        case .inferred: return nil
        case .string: return string(property).map { ($0, true) }
        case .oneOf(let types):
            // bare text that may be a string or something else cannot be held to a schema
            guard !types.contains("string"), var members = property.object else { return nil }
            for key in ["$defs", "definitions"] { if let definitions = schema[key] { members[key] = definitions } }
            let json: JSONValue = ["type": "json_schema", "json_schema": .object(members)]
            return Self.mentionsRoot(property) ? nil : (json, false)
        }
    }

    /// A tool with that property alone, to find out its type as parsing does.
    private func tool(_ property: JSONValue) -> ToolDefinition {
        var members = schema.object ?? JSONObject()
        members["properties"] = ["value": property]
        return ToolDefinition(name: "", parameters: .object(members))
    }

    private func string(_ property: JSONValue) -> JSONValue? {
        let keys = Set(property.object?.keys ?? [])
        let constants = (property["enum"]?.array ?? []) + (property["const"].map { [$0] } ?? [])
        guard keys.subtracting(Self.annotations).isSubset(of: ["enum", "const"]),
            keys.contains("type") || !constants.isEmpty
        else { return nil }
        guard !(keys.contains("enum") && keys.contains("const")) else { return nil }
        if constants.isEmpty {
            let excluded = [syntax.valueEnd, syntax.begin, syntax.end].map { JSONValue.string($0) }
            return ["type": "any_text", "excludes": .array(excluded)]
        }
        let texts = constants.compactMap(\.string)
        // markup takes white space at the ends of a value for its own
        let isExact = texts.allSatisfy { $0 == $0.trimmingBlanks && !syntax.mayBreak($0) }
        guard texts.count == constants.count, isExact else { return nil }
        return JSONFormats.choice(texts.map(JSONFormats.text))
    }

    /// Whether a schema refers to the whole that it is part of.
    private static func mentionsRoot(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): return elements.contains(where: mentionsRoot)
        case .object(let members):
            if let reference = members["$ref"]?.string {
                let isLocal = reference.hasPrefix("#/$defs/") || reference.hasPrefix("#/definitions/")
                if !isLocal { return true }
            }
            return members.values.contains(where: mentionsRoot)
        default: return false
        }
    }
}

extension ParameterSyntax {
    /// Whether a text holds characters that could be taken for markup.
    func mayBreak(_ text: String) -> Bool { text.utf8.contains { "<>\"'\n".utf8.contains($0) } }
}
