import MartletJSON

extension MessagesRequest {
    /// Reads `system` and `messages`.
    ///
    /// Calls' results, blocks of the user here, are messages of their own in chats and go before the user's text.
    mutating func readMessages(of object: JSONObject, _ reader: inout SchemaReader) {
        var system: [String] = []
        if let value = object["system"], !value.isNull {
            let blocks = Coercion<[JSONObject]>.blocks.read(value, Location.body.child("system"), &reader) ?? []
            system += Self.texts(of: blocks)
        }
        let list = Coercion<[JSONValue]>.list(of: .anyObject, \.maxMessages)
        let values = reader.optional("messages", list, of: object, at: .body) ?? []
        var messages: [ChatMessage] = []
        for (index, value) in values.enumerated() {
            let place = Location.body.child("messages").child("\(index)")
            let message = value.object ?? JSONObject()
            let role = reader.required("role", .messageRole, of: message, at: place)
            let content = reader.required("content", .blocks, of: message, at: place)
            guard let role, let content else { continue }
            switch role {
            case "system": system += Self.texts(of: content)
            case "assistant": messages.append(Self.assistant(content))
            default: messages += Self.user(content)
            }
        }
        if !system.isEmpty { messages.insert(ChatMessage(role: "system", content: .text(system.joined())), at: 0) }
        chat.conversation.messages = messages
    }

    /// The texts of a system prompt, without the line in which a client names itself anew in each request.
    private static func texts(of blocks: [JSONObject]) -> [String] {
        blocks.compactMap { $0["text"]?.string }
            .filter { !$0.utf8.isEmpty && !$0.utf8.starts(with: "x-anthropic-billing-header".utf8) }
    }

    private static func assistant(_ blocks: [JSONObject]) -> ChatMessage {
        var message = ChatMessage(role: "assistant", content: .none)
        var texts: [String] = []
        var calls: [JSONValue] = []
        for block in blocks {
            switch block["type"]?.string {
            case "thinking": message.reasoning = (message.reasoning ?? "") + (block["thinking"]?.string ?? "")
            case "tool_use":
                let call = JSONValue.toolCall(
                    id: block["id"]?.string ?? "",
                    name: block["name"]?.string ?? "",
                    arguments: .string((block["input"] ?? [:]).serialized)
                )
                calls.append(call)
            case "text": texts.append(block["text"]?.string ?? "")
            default: break
            }
        }
        message.content = content(texts)
        if !calls.isEmpty { message.toolCalls = calls }
        return message
    }

    private static func user(_ blocks: [JSONObject]) -> [ChatMessage] {
        var messages: [ChatMessage] = []
        for block in blocks where block["type"] == "tool_result" {
            var texts = block["content"]?.string.map { [$0] } ?? []
            texts += (block["content"]?.array ?? []).compactMap { $0["text"]?.string }
            var message = ChatMessage(role: "tool", content: .text(texts.joined(separator: "\n")))
            message.toolCallID = block["tool_use_id"]?.string
            messages.append(message)
        }
        let texts = blocks.filter { $0["type"] == "text" }.compactMap { $0["text"]?.string }
        let text = content(texts)
        if text != .none { messages.append(ChatMessage(role: "user", content: text)) }
        return messages
    }

    private static func content(_ texts: [String]) -> MessageContent {
        let texts = texts.filter { !$0.utf8.isEmpty }
        return texts.count > 1 ? .parts(texts) : texts.first.map { .text($0) } ?? .none
    }
}

extension Coercion<String> {
    /// Who speaks; some clients have names of their own for the user.
    fileprivate static let messageRole = Coercion { value, location, reader in
        if value == "ctx" || value == "msg" { return "user" }
        return literal(["user", "assistant", "system"]).read(value, location, &reader)
    }

    private static let blockType = literal(["text", "tool_use", "tool_result", "thinking", "redacted_thinking"])

    /// The type of a block, its other members checked.
    fileprivate static func blockType(
        of block: JSONObject,
        _ place: Location,
        _ reader: inout SchemaReader
    ) -> String? {
        guard let type = reader.required("type", blockType, of: block, at: place) else { return nil }
        switch type {
        case "text": _ = reader.required("text", .string, of: block, at: place)
        case "thinking": _ = reader.required("thinking", .string, of: block, at: place)
        case "tool_use":
            _ = reader.required("id", .string, of: block, at: place)
            _ = reader.required("name", .string, of: block, at: place)
            _ = reader.optional("input", .object, of: block, at: place)
        case "tool_result":
            _ = reader.required("tool_use_id", .string, of: block, at: place)
            guard let content = block["content"], !content.isNull else { break }
            _ = Coercion<[JSONObject]>.blocks.read(content, place.child("content"), &reader)
        default: break
        }
        return type
    }
}

extension Coercion<[JSONObject]> {
    /// Blocks of content; a text is one block.
    fileprivate static let blocks = Coercion { value, location, reader in
        switch value {
        case .string: return [JSONObject([("type", "text"), ("text", value)])]
        case .array(let elements):
            guard elements.count <= reader.limits.maxContentParts else {
                reader.reportTooLong(
                    location,
                    value,
                    limit: reader.limits.maxContentParts,
                    count: elements.count
                )
                return nil
            }
            var blocks: [JSONObject] = []
            for (index, element) in elements.enumerated() {
                let place = location.child(index)
                guard let block = Coercion<JSONObject>.object.read(element, place, &reader) else { continue }
                if Coercion<String>.blockType(of: block, place, &reader) != nil { blocks.append(block) }
            }
            return blocks
        default:
            reader.report("string_type", location.child("str"), "Input should be a valid string", value)
            return nil
        }
    }
}
