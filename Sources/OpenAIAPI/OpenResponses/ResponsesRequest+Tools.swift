import MartletJSON

extension ResponsesRequest {
    /// Checks what can be seen of tools and formats before types are read.
    static func checkTools(of object: JSONObject) throws(APIError) {
        for (index, tool) in (object["tools"]?.array ?? []).enumerated() {
            guard let type = tool["type"]?.string, type != "function" else { continue }
            throw .badRequest(
                "`tools.\(index)`: tools of type `\(APIError.shortened(type))` are not supported, only functions.",
                param: "tools"
            )
        }
        guard let choice = object["tool_choice"], !choice.isNull, choice != "none", choice != "auto" else { return }
        switch choice {
        case "required": break
        case .object(let members) where members["type"] == "function":
            guard members["name"]?.string?.utf8.isEmpty == false else {
                throw .badRequest("`tool_choice` needs the function's `name`.", param: "tool_choice.name")
            }
        default:
            throw .badRequest(
                "Invalid value for `tool_choice`: \(PythonText.shown(choice))! Only named functions, \"none\", "
                    + "\"auto\" or \"required\" are supported.",
                param: "tool_choice"
            )
        }
        if !PythonText.isTrue(object["tools"]) {
            throw .badRequest("When using `tool_choice`, `tools` must be set.", param: "tool_choice")
        }
    }

    /// Reads `tools` and `tool_choice`.
    mutating func readTools(of object: JSONObject, _ reader: inout SchemaReader) {
        echo.parallelToolCalls = chat.tools.allowsParallelCalls
        let tools = reader.optional("tools", .list(of: .flatTool, \.maxTools), of: object, at: .body) ?? []
        guard !tools.isEmpty else { return }
        chat.tools.tools = tools
        chat.conversation.tools = tools.map(\.definition)
        echo.tools = (object["tools"]?.array ?? []).map(Self.echoed)
        let choice = object["tool_choice"]
        switch choice {
        case .string("none"): chat.tools.choice = .none
        case .string("required"): chat.tools.choice = .required
        case .object(let members):
            chat.tools.choice = .named(members["name"]?.string ?? "")
            echo.toolChoice = ["name": members["name"] ?? .null, "type": "function"]
            return
        default: chat.tools.choice = .auto
        }
        echo.toolChoice = choice?.string.map { .string($0) } ?? "auto"
    }

    /// A tool with every member that the response's tools have.
    private static func echoed(_ tool: JSONValue) -> JSONValue {
        let names = [
            "name", "parameters", "strict", "type", "allowed_callers", "async", "defer_loading", "description",
            "output_schema",
        ]
        var members = JSONObject(names.map { ($0, tool[$0] ?? .null) })
        for member in tool.object ?? JSONObject() where members[member.key] == nil {
            members[member.key] = member.value
        }
        return .object(members)
    }

    /// Reads `text` and `structured_outputs`.
    ///
    /// - Returns: the demands of the latter.
    /// - Throws: 400 where both demand something, or the format is malformed.
    mutating func readOutput(
        of object: JSONObject,
        _ reader: inout SchemaReader
    ) throws(APIError) -> StructuredOutputFields {
        var outputs = StructuredOutputFields()
        let demand = object["structured_outputs"]
        let given = JSONObject(demand.map { [("structured_outputs", $0)] } ?? [])
        reader.read(StructuredOutputFields.fields, of: given, into: &outputs)
        let place = Location.body.child("text")
        guard let text = reader.optional("text", .object, of: object, at: .body) else { return outputs }
        echo.text = .object(text)
        _ = reader.optional("verbosity", .literal(["low", "medium", "high"]), of: text, at: place)
        guard let format = reader.optional("format", .object, of: text, at: place) else { return outputs }
        let type = reader.required("type", .formatType, of: format, at: place.child("format"))
        guard let type, type != "text" else { return outputs }
        if let demand, !demand.isNull {
            throw .badRequest("Cannot specify both structured_outputs and text.format.", param: "text.format")
        }
        guard type == "json_schema" else {
            chat.output = StructuredOutput(.jsonObject, field: "text.format")
            return outputs
        }
        _ = reader.required("name", .string, of: format, at: place.child("format"))
        let schema = reader.required("schema", .object, of: format, at: place.child("format"))
        guard let schema else { return outputs }
        try StructuredOutputFields.checkNesting(.object(schema), "text.format")
        chat.output = StructuredOutput(.jsonSchema(.object(schema)), field: "text.format")
        return outputs
    }
}

extension Coercion<String> {
    fileprivate static let formatType = literal(["text", "json_object", "json_schema"])
}

extension Coercion<Tool> {
    /// A function whose members stand beside its type.
    fileprivate static let flatTool = Coercion { value, location, reader in
        guard let members = Coercion<JSONObject>.object.read(value, location, &reader) else { return nil }
        guard reader.required("type", .string, of: members, at: location) != nil else { return nil }
        var function = JSONObject()
        for member in members where member.key != "type" && !member.value.isNull {
            function[member.key] = member.value
        }
        return Coercion.function.read(.object(function), location, &reader)
    }
}
