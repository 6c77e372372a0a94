import MartletJSON

extension ResponsesRequest {
    /// Refuses what no model of text can read, with the place.
    static func checkInput(of object: JSONObject) throws(APIError) {
        for (index, item) in (object["input"]?.array ?? []).enumerated() {
            let type = item["type"]?.string ?? "message"
            guard itemTypes.contains(type) else {
                throw .badRequest(
                    "`input.\(index)`: items of type `\(APIError.shortened(type))` are not supported.",
                    param: "input"
                )
            }
            if type == "reasoning", item["encrypted_content"]?.string != nil,
                item["content"]?.array?.isEmpty ?? true, item["summary"]?.array?.isEmpty ?? true
            {
                throw .badRequest("`input.\(index)`: encrypted reasoning is not supported.", param: "input")
            }
            for member in ["content", "output"] {
                for part in item[member]?.array ?? [] { try checkPart(part, "input.\(index).\(member)") }
            }
        }
    }

    private static let itemTypes: Set<String> = ["message", "function_call", "function_call_output", "reasoning"]

    private static func checkPart(_ part: JSONValue, _ place: String) throws(APIError) {
        guard let type = part["type"]?.string else { return }
        if ["input_text", "output_text", "text", "refusal", "reasoning_text", "summary_text"].contains(type) { return }
        throw .badRequest(
            "`\(place)`: content of type `\(APIError.shortened(type))` is not supported: the served model is not a "
                + "multimodal model.",
            param: "input"
        )
    }

    /// Reads `input` into messages, with the instructions before them.
    mutating func readInput(of object: JSONObject, _ reader: inout SchemaReader) {
        let place = Location.body.child("input")
        switch object["input"] {
        case nil: reader.reportMissing(place, in: .object(object))
        case .string(let text)?: input = [ChatMessage(role: "user", content: .text(text))]
        case .array(let items)?:
            guard items.count <= reader.limits.maxMessages else {
                reader.reportTooLong(place, .array(items), limit: reader.limits.maxMessages, count: items.count)
                return
            }
            for (index, item) in items.enumerated() { readItem(item, place.child(index), &reader) }
            continueLast(items.last)
        case let value?: reader.report("string_type", place.child("str"), "Input should be a valid string", value)
        }
        echo.instructions = instructions
        if let instructions { chat.conversation.messages = [ChatMessage(role: "system", content: .text(instructions))] }
        chat.conversation.messages += input
    }

    /// A last message of the assistant that is marked as unfinished is to be continued.
    private mutating func continueLast(_ item: JSONValue?) {
        guard let item, ["in_progress", "incomplete"].contains(item["status"]?.string),
            ["message", "reasoning"].contains(item["type"]?.string ?? "message"), input.last?.role == "assistant"
        else { return }
        chat.conversation.addGenerationPrompt = false
        chat.conversation.continueFinalMessage = true
    }

    private mutating func readItem(_ item: JSONValue, _ place: Location, _ reader: inout SchemaReader) {
        guard let object = Coercion<JSONObject>.object.read(item, place, &reader) else { return }
        switch object["type"]?.string ?? "message" {
        case "function_call": readCall(object, place, &reader)
        case "function_call_output":
            let id = reader.required("call_id", .string, of: object, at: place)
            guard let content = reader.required("output", .partTexts, of: object, at: place) else { return }
            var message = ChatMessage(role: "tool", content: .text(content.joined(separator: "\n")))
            message.toolCallID = id
            input.append(message)
        case "reasoning":
            let content = reader.optional("content", .partTexts, of: object, at: place) ?? []
            let summary = reader.optional("summary", .partTexts, of: object, at: place) ?? []
            let text = (content.isEmpty ? summary : content).joined(separator: "\n")
            assistant {
                $0.reasoning == nil && $0.content == .none
            } change: {
                $0.reasoning = text
            }
        default: readMessage(object, place, &reader)
        }
    }

    private mutating func readMessage(_ object: JSONObject, _ place: Location, _ reader: inout SchemaReader) {
        let role = reader.required(
            "role",
            .literal(["user", "assistant", "system", "developer"]),
            of: object,
            at: place
        )
        let texts = reader.required("content", .partTexts, of: object, at: place)
        guard let role, let texts else { return }
        let isText = object["content"]?.string != nil || texts.count == 1
        let content: MessageContent = isText ? .text(texts.first ?? "") : .parts(texts)
        guard role == "assistant" else { return input.append(ChatMessage(role: role, content: content)) }
        assistant {
            $0.content == .none && $0.toolCalls == nil
        } change: {
            $0.content = content
        }
    }

    private mutating func readCall(_ object: JSONObject, _ place: Location, _ reader: inout SchemaReader) {
        let id = reader.required("call_id", .string, of: object, at: place)
        let name = reader.required("name", .string, of: object, at: place)
        let arguments = reader.required("arguments", .string, of: object, at: place)
        guard let id, let name, let arguments else { return }
        let call = JSONValue.toolCall(id: id, name: name, arguments: .string(arguments))
        assistant {
            ($0.toolCalls?.count ?? 0) < reader.limits.maxToolCalls
        } change: {
            $0.toolCalls = ($0.toolCalls ?? []) + [call]
        }
    }

    /// Adds to the assistant's message before, where it lacks that, or begins another.
    private mutating func assistant(lacks: (ChatMessage) -> Bool, change: (inout ChatMessage) -> Void) {
        if input.last?.role != "assistant" || !(input.last.map(lacks) ?? false) {
            input.append(ChatMessage(role: "assistant", content: .none))
        }
        change(&input[input.count - 1])
    }
}

extension JSONValue {
    /// A call as messages of assistants carry it.
    static func toolCall(id: String, name: String, arguments: JSONValue) -> JSONValue {
        let function: JSONValue = ["name": .string(name), "arguments": arguments]
        return ["id": .string(id), "type": "function", "function": function]
    }
}

extension Coercion<[String]> {
    /// One text, or a list of parts that have one.
    fileprivate static let partTexts = Coercion { value, location, reader in
        switch value {
        case .string(let text): return [text]
        case .array: return Coercion.list(of: .partText, \.maxContentParts).read(value, location, &reader)
        default:
            reader.report("string_type", location, "Input should be a valid string", value)
            return nil
        }
    }
}

extension Coercion<String> {
    /// The text of a part.
    fileprivate static let partText = Coercion { value, location, reader in
        if case .string(let text) = value { return text }
        guard let object = Coercion<JSONObject>.object.read(value, location, &reader) else { return nil }
        let member = object["type"]?.string == "refusal" ? "refusal" : "text"
        return reader.required(member, .string, of: object, at: location)
    }
}
