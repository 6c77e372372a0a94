package import MartletJSON

/// One message of a conversation.
package struct ChatMessage: Sendable, Hashable {
    /// Who speaks; any text, the template decides.
    package var role: String
    /// What is said.
    package var content: MessageContent
    /// The speaker's name.
    package var name: String?
    /// The calls that an assistant's message makes, as the client sent them.
    package var toolCalls: [JSONValue]?
    /// The call that a tool's message answers.
    package var toolCallID: String?
    /// What an assistant thought before it spoke.
    package var reasoning: String?

    /// A message.
    package init(role: String, content: MessageContent) {
        self.role = role
        self.content = content
    }

    /// The message for the chat prompt: `role`, `content` as parts or none, and what else templates may see of it.
    ///
    /// That is `name`; of an assistant `tool_calls`, as the client sent them, and `reasoning`; of a tool
    /// `tool_call_id`. Other members of a message do not reach templates.
    package var promptValue: JSONValue {
        // the answer to a call of the time before tools
        let role = role == "function" ? "tool" : role
        var object = JSONObject([("role", .string(role))])
        object["content"] = content == .none ? .null : .array(content.parts.map(Self.part))
        if role == "assistant", let toolCalls { object["tool_calls"] = .array(toolCalls) }
        if role == "assistant", let reasoning { object["reasoning"] = .string(reasoning) }
        if role == "tool", let toolCallID { object["tool_call_id"] = .string(toolCallID) }
        if let name { object["name"] = .string(name) }
        return .object(object)
    }

    private static func part(_ text: String) -> JSONValue {
        .object(JSONObject([("type", "text"), ("text", .string(text))]))
    }
}

/// What a message says: text, or parts of text.
package enum MessageContent: Sendable, Hashable {
    /// One text.
    case text(String)
    /// Several texts.
    case parts([String])
    /// Nothing, as an assistant that only calls tools.
    case none

    /// The parts; one for a text.
    package var parts: [String] {
        switch self {
        case .text(let text): [text]
        case .parts(let parts): parts
        case .none: []
        }
    }

    /// The parts joined by newlines.
    package var text: String { parts.joined(separator: "\n") }
}

extension Coercion<ChatMessage> {
    /// The first of the message types that the reference tries; problems are reported as its.
    private static let branch = "ChatCompletionDeveloperMessageParam"

    /// A message object.
    static let message = Coercion { value, location, reader in
        let place = location.child(branch)
        guard case .object(let object) = value else {
            reader.report("dict_type", place, "Input should be a valid dictionary", value)
            return nil
        }
        guard let roleValue = object["role"] else {
            reader.reportMissing(place.child("role"), in: value)
            return nil
        }
        let text = Coercion<String>.string
        let role = Coercion<String>.string(\.maxNameLength).read(roleValue, place.child("role"), &reader)
        let content = content(of: object, role: role ?? "", place, &reader)
        guard let role, let content else { return nil }
        var message = ChatMessage(role: role, content: content)
        func optional(_ name: String, _ reader: inout SchemaReader) -> String? {
            guard let value = object[name], !value.isNull else { return nil }
            return text.read(value, place.child(name), &reader)
        }
        message.name = optional("name", &reader)
        message.toolCallID = optional("tool_call_id", &reader)
        message.reasoning = optional("reasoning", &reader) ?? optional("reasoning_content", &reader)
        if let calls = object["tool_calls"], !calls.isNull {
            let list = Coercion<[JSONValue]>.list(of: .toolCall, \.maxToolCalls)
            message.toolCalls = list.read(calls, place.child("tool_calls"), &reader)
        } else if let function = object["function_call"], !function.isNull {
            let call = JSONValue.object(JSONObject([("type", "function"), ("function", function)]))
            message.toolCalls = Coercion<JSONValue>.toolCall.read(call, place, &reader).map { [$0] }
        }
        return message
    }

    private static func content(
        of object: JSONObject,
        role: String,
        _ place: Location,
        _ reader: inout SchemaReader
    ) -> MessageContent? {
        guard let value = object["content"] else { return MessageContent.none }
        switch value {
        case .string(let text):
            return .text(text)
        case .array:
            let list = Coercion<[String]>.list(of: .contentPart, \.maxContentParts)
            return list.read(value, place.child("content"), &reader).map { .parts($0) }
        case .null where ["assistant", "function"].contains(role):
            return MessageContent.none
        default:
            reader.report("string_type", place.child("content"), "Input should be a valid string", value)
            return nil
        }
    }
}

extension Coercion<String> {
    /// A part of content: a string, or an object with text.
    ///
    /// Other kinds are refused before, by `checkContent`.
    fileprivate static let contentPart = Coercion { value, location, reader in
        if case .string(let text) = value { return text }
        guard case .object(let object) = value else {
            reader.report("dict_type", location, "Input should be a valid dictionary", value)
            return nil
        }
        let type = object["type"]?.string
        let member = type == "refusal" || type == "thinking" ? type ?? "text" : "text"
        guard let text = object[member] else {
            reader.reportMissing(location.child(member), in: value)
            return nil
        }
        return string.read(text, location.child(member), &reader)
    }
}

extension Coercion<JSONValue> {
    /// A tool call: an object with a function that has a name.
    fileprivate static let toolCall = Coercion { value, location, reader in
        let place = location.child("function")
        guard case .object(let call) = value, let function = call["function"] else {
            reader.reportMissing(place, in: value)
            return nil
        }
        guard let name = function["name"] else {
            reader.reportMissing(place.child("name"), in: function)
            return nil
        }
        guard Coercion<String>.string.read(name, place.child("name"), &reader) != nil else { return nil }
        return value
    }

    /// Any value that is an object.
    static let anyObject = Coercion { value, location, reader in
        Coercion<JSONObject>.object.read(value, location, &reader).map { .object($0) }
    }

    /// An object of texts.
    static let textObject = Coercion { value, location, reader in
        guard let members = Coercion<JSONObject>.object.read(value, location, &reader) else { return nil }
        for member in members {
            let place = location.child(APIError.shortened(member.key))
            guard Coercion<String>.string.read(member.value, place, &reader) != nil else { return nil }
        }
        return value
    }
}
