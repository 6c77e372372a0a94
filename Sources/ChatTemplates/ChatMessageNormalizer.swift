import MartletJSON

/// Brings one message into the form that templates expect.
enum ChatMessageNormalizer {
    static func normalized(_ message: JSONValue, format: ContentFormat, keepsDeveloper: Bool) -> JSONValue {
        guard let members = message.object else { return message }
        var normalized = JSONObject()
        for member in members where !member.value.isNull || member.key == "content" {
            normalized[member.key] = member.value
        }
        if normalized["role"]?.string == "developer" && !keepsDeveloper { normalized["role"] = "system" }
        normalized["content"] = content(members["content"] ?? .null, format)
        setToolCalls(&normalized)
        setReasoning(&normalized)
        return .object(normalized)
    }

    // MARK: - Content

    /// The content as one string, texts joined with newlines, or as a list of parts.
    private static func content(_ content: JSONValue, _ format: ContentFormat) -> JSONValue {
        switch (content, format) {
        case (.null, .string): return ""
        case (.null, .openai): return []
        case (.string, .string): return content
        case (.string, .openai): return [textPart(content)]
        case (.array(let parts), .string):
            return .string(parts.compactMap { text(of: $0)?.string }.joined(separator: "\n"))
        case (.array(let parts), .openai):
            return .array(parts.map { part in text(of: part).map { textPart($0) } ?? part })
        default: return content
        }
    }

    private static func textPart(_ text: JSONValue) -> JSONValue {
        .object(JSONObject([("type", "text"), ("text", text)]))
    }

    /// The text of a part that is text of some kind.
    private static func text(of part: JSONValue) -> JSONValue? {
        if case .string = part { return part }
        switch part["type"]?.string {
        case "text", "input_text", "output_text", nil: return part["text"].flatMap { $0.string == nil ? nil : $0 }
        case "refusal": return part["refusal"].flatMap { $0.string == nil ? nil : $0 }
        case "thinking": return part["thinking"].flatMap { $0.string == nil ? nil : $0 }
        default: return nil
        }
    }

    // MARK: - Tool calls and reasoning

    /// Parses the arguments of tool calls from JSON text; what is not an object or a list becomes `{}`.
    private static func setToolCalls(_ message: inout JSONObject) {
        guard message["role"]?.string == "assistant", let calls = message["tool_calls"]?.array else { return }
        if calls.isEmpty {
            message["tool_calls"] = nil
            return
        }
        message["tool_calls"] = .array(
            calls.map { call in
                guard var members = call.object, var function = members["function"]?.object else { return call }
                function["arguments"] = arguments(function["arguments"] ?? .null)
                members["function"] = .object(function)
                return .object(members)
            }
        )
    }

    private static func arguments(_ arguments: JSONValue) -> JSONValue {
        switch arguments {
        case .object, .array: return arguments
        case .string(let text):
            let options = JSONParser.Options(allowsNonFiniteNumbers: true)
            guard let parsed = try? JSONParser.parse(text, options: options) else { return .object(JSONObject()) }
            switch parsed {
            case .object, .array: return parsed
            default: return .object(JSONObject())
            }
        default: return .object(JSONObject())
        }
    }

    /// Gives reasoning both of the names that templates read it by.
    private static func setReasoning(_ message: inout JSONObject) {
        guard let reasoning = message["reasoning"] ?? message["reasoning_content"] else { return }
        message["reasoning"] = reasoning
        message["reasoning_content"] = reasoning
    }
}
