package import MartletJSON

/// A tool of a request: a function that the model may call.
package struct Tool: Sendable, Hashable {
    /// The function's name.
    package var name: String
    /// The JSON Schema of its arguments.
    package var parameters: JSONValue?
    /// Whether arguments must satisfy the schema also where the model chooses freely whether to call.
    package var isStrict: Bool
    /// The whole tool for the chat template: what the client sent, with every member that a function has.
    package var definition: JSONValue
}

/// Whether the model is to call tools.
package enum ToolChoiceField: Sendable, Hashable {
    /// It must not.
    case none
    /// It decides.
    case auto
    /// It must call at least one.
    case required
    /// It must call that one.
    case named(String)
}

/// The fields of a chat request that concern tools.
package struct ToolFields: Sendable {
    /// The tools, none where the request has no such field.
    package var tools: [Tool] = []
    /// Whether the model is to call them.
    package var choice = ToolChoiceField.none
    /// Whether there may be several calls in one answer.
    package var allowsParallelCalls = true
    /// Whether the request names its tools `functions`, as before there were tools; the answer then has a
    /// `function_call`.
    package var areFunctions = false

    private static let fields: [Field<ToolFields>] = [
        Field("tools", \.tools, .list(of: .tool, \.maxTools)),
        Field("functions", \.functions, .list(of: .function, \.maxTools)),
        Field("parallel_tool_calls", \.allowsParallelCalls, .boolean),
    ]

    /// The tools in their older form.
    private var functions: [Tool] {
        get { [] }
        set {
            guard tools.isEmpty, !newValue.isEmpty else { return }
            tools = newValue
            areFunctions = true
        }
    }

    init() {}

    /// Checks what can be seen before types are read.
    ///
    /// - Throws: 400 that names the field.
    static func checkFields(of object: JSONObject) throws(APIError) {
        if object["tools"]?.array?.isEmpty == true {
            throw .badRequest(
                "`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.",
                param: "tools"
            )
        }
        if let functions = object["functions"]?.array, !functions.isEmpty, PythonText.isTrue(object["stream"]) {
            // old clients look for a `detail`
            let sentence = "Invalid request: Function calling is not yet implemented for stream mode."
            throw APIError(status: 400, message: sentence, type: .badRequest, param: "functions", detail: sentence)
        }
        guard let choice = object["tool_choice"], !choice.isNull, choice.string != "none" else { return }
        if !PythonText.isTrue(object["tools"]) {
            throw .badRequest("When using `tool_choice`, `tools` must be set.", param: "tool_choice")
        }
        try checkShape(of: choice)
    }

    private static func checkShape(of choice: JSONValue) throws(APIError) {
        let usage = #"Correct usage: `{"type": "function", "function": {"name": "my_function"}}`"#
        switch choice {
        case .string(let text) where ["auto", "required"].contains(text): return
        case .object(let members):
            guard let function = members["function"], function.object != nil else {
                throw .badRequest("Expected field `function` in `tool_choice`! \(usage)", param: "tool_choice.function")
            }
            guard function["name"]?.string?.utf8.isEmpty == false else {
                throw .badRequest(
                    "Expected field `name` in `function` in `tool_choice`! \(usage)",
                    param: "tool_choice.function.name"
                )
            }
        default:
            throw .badRequest(
                "Invalid value for `tool_choice`: \(PythonText.shown(choice))! Only named tools, \"none\", \"auto\" or "
                    + "\"required\" are supported.",
                param: "tool_choice"
            )
        }
    }

    /// The fields of a body; every problem of theirs goes to the reader.
    static func read(_ object: JSONObject, _ reader: inout SchemaReader) -> ToolFields {
        var result = ToolFields()
        reader.read(fields, of: object, into: &result)
        if result.tools.isEmpty { return result }
        let choice = object[result.areFunctions ? "function_call" : "tool_choice"]
        switch choice {
        case nil, .null, .string("auto"): result.choice = .auto
        case .string("required"): result.choice = .required
        case .object(let members):
            let name = result.areFunctions ? members["name"] : members["function"]?["name"]
            result.choice = name?.string.map { .named($0) } ?? .auto
        default: result.choice = .none
        }
        return result
    }

    /// Checks that the tool that must be called exists.
    ///
    /// - Throws: 400 that names the field.
    func checkChoice() throws(APIError) {
        guard case .named(let name) = choice, !tools.contains(where: { $0.name == name }) else { return }
        throw .badRequest(
            "The tool specified in `tool_choice` does not match any of the specified `tools`",
            param: areFunctions ? "function_call" : "tool_choice"
        )
    }
}

extension Coercion<Tool> {
    /// An element of `tools`.
    static let tool = Coercion { value, location, reader in
        guard Coercion<JSONObject>.object.read(value, location, &reader) != nil else { return nil }
        if let type = value["type"] {
            let types = Coercion<String>.literal(["function"])
            guard types.read(type, location.child("type"), &reader) != nil else { return nil }
        }
        guard let function = value["function"] else {
            reader.reportMissing(location.child("function"), in: value)
            return nil
        }
        return read(function, definition: value, location.child("function"), &reader)
    }

    /// An element of `functions`.
    static let function = Coercion { value, location, reader in
        let definition = JSONValue.object(JSONObject([("type", "function"), ("function", value)]))
        return read(value, definition: definition, location, &reader)
    }

    private static func read(
        _ function: JSONValue,
        definition: JSONValue,
        _ location: Location,
        _ reader: inout SchemaReader
    ) -> Tool? {
        guard Coercion<JSONObject>.object.read(function, location, &reader) != nil else { return nil }
        guard let nameValue = function["name"] else {
            reader.reportMissing(location.child("name"), in: function)
            return nil
        }
        let name = Coercion<String>.string(\.maxNameLength).read(nameValue, location.child("name"), &reader)
        var parameters: JSONValue?
        if let value = function["parameters"], !value.isNull {
            guard Coercion<JSONObject>.object.read(value, location.child("parameters"), &reader) != nil else {
                return nil
            }
            parameters = value
        }
        var isStrict = false
        if let value = function["strict"], !value.isNull {
            guard let flag = Coercion<Bool>.boolean.read(value, location.child("strict"), &reader) else { return nil }
            isStrict = flag
        }
        return name.map {
            Tool(name: $0, parameters: parameters, isStrict: isStrict, definition: complete(definition, function))
        }
    }

    /// The definition in the reference's form: absent members that it knows are `null`, others follow them.
    private static func complete(_ definition: JSONValue, _ function: JSONValue) -> JSONValue {
        var members = JSONObject()
        for name in ["name", "description", "parameters"] { members[name] = function[name] ?? .null }
        for member in function.object ?? JSONObject() where !(member.key == "strict" && member.value.isNull) {
            members[member.key] = member.value
        }
        var tool = JSONObject([("type", definition["type"] ?? "function"), ("function", .object(members))])
        for member in definition.object ?? JSONObject() where tool[member.key] == nil {
            tool[member.key] = member.value
        }
        return .object(tool)
    }
}
