import MartletJSON

extension MessagesRequest {
    /// Checks what can be seen of tools and blocks before types are read.
    static func checkFields(of object: JSONObject) throws(APIError) {
        for (index, tool) in (object["tools"]?.array ?? []).enumerated() {
            guard let type = tool["type"]?.string, type != "custom" else { continue }
            throw .badRequest(
                "`tools.\(index)`: tools of type `\(APIError.shortened(type))` are not supported, only custom ones.",
                param: "tools"
            )
        }
        for (index, message) in (object["messages"]?.array ?? []).enumerated() {
            for block in message["content"]?.array ?? [] {
                try checkBlock(block, "messages.\(index)")
                for inner in block["content"]?.array ?? [] { try checkBlock(inner, "messages.\(index)") }
            }
        }
        guard let choice = object["tool_choice"]?.object, let type = choice["type"]?.string else { return }
        if type == "auto" || type == "none" { return }
        if !PythonText.isTrue(object["tools"]) {
            throw .badRequest("When using `tool_choice`, `tools` must be set.", param: "tool_choice")
        }
    }

    private static func checkBlock(_ block: JSONValue, _ place: String) throws(APIError) {
        guard let type = block["type"]?.string, mediaTypes.contains(type) else { return }
        throw .badRequest(
            "`\(place)`: content of type `\(type)` is not supported: the served model is not a multimodal model.",
            param: "messages"
        )
    }

    private static let mediaTypes: Set<String> = [
        "image", "document", "search_result", "container_upload", "server_tool_use", "web_search_tool_result",
        "tool_reference", "mcp_tool_use", "mcp_tool_result",
    ]

    /// Reads `tools` and `tool_choice`.
    mutating func readTools(of object: JSONObject, _ reader: inout SchemaReader) {
        let list = Coercion<[Tool]>.list(of: .customTool, \.maxTools)
        let tools = reader.optional("tools", list, of: object, at: .body) ?? []
        let choice = reader.optional("tool_choice", .object, of: object, at: .body)
        var named: String?
        var type: String?
        if let choice {
            let place = Location.body.child("tool_choice")
            type = reader.required("type", .literal(["auto", "any", "tool", "none"]), of: choice, at: place)
            named = reader.optional("name", .string, of: choice, at: place)
            let isSerial = reader.optional("disable_parallel_tool_use", .boolean, of: choice, at: place)
            chat.tools.allowsParallelCalls = isSerial != true
            if type == "tool", named?.utf8.isEmpty ?? true {
                reader.reportValue("tool_choice.name is required when type is 'tool'", place, .object(choice))
            }
        }
        guard !tools.isEmpty else { return }
        chat.tools.tools = tools
        chat.conversation.tools = tools.map(\.definition)
        switch type {
        case "none": chat.tools.choice = .none
        case "any": chat.tools.choice = .required
        case "tool": chat.tools.choice = .named(named ?? "")
        default: chat.tools.choice = .auto
        }
    }
}

extension Coercion<Tool> {
    /// A tool of the client's own.
    fileprivate static let customTool = Coercion { value, location, reader in
        guard let members = Coercion<JSONObject>.object.read(value, location, &reader) else { return nil }
        guard var schema = reader.required("input_schema", .object, of: members, at: location) else { return nil }
        if schema["type"] == nil { schema["type"] = "object" }
        var function = JSONObject()
        if let name = members["name"] { function["name"] = name }
        if let description = members["description"], !description.isNull {
            guard Coercion<String>.string.read(description, location.child("description"), &reader) != nil else {
                return nil
            }
            function["description"] = description
        }
        function["parameters"] = .object(schema)
        if let strict = members["strict"], !strict.isNull { function["strict"] = strict }
        return Coercion.function.read(.object(function), location, &reader)
    }
}
