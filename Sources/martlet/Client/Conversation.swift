import Martlet
import MartletJSON

/// Something that continues a conversation or a text: a server, or a model in this process.
protocol Respondent: Sendable {
    /// Streams the answer to a conversation; returns it whole.
    func chat(_ messages: [ChatMessage], handle: (String) throws -> Void) async throws -> String

    /// Streams the continuation of a text; returns it whole.
    func complete(_ prompt: String, maxTokens: Int?, handle: (String) throws -> Void) async throws -> String
}

/// A server's model.
struct ServerRespondent: Respondent {
    let client: APIClient
    let model: String

    func chat(_ messages: [ChatMessage], handle: (String) throws -> Void) async throws -> String {
        let list = messages.map { message in
            JSONValue.object(JSONObject([("role", .string(message.role)), ("content", .string(message.content))]))
        }
        return try await stream(
            "/chat/completions",
            JSONObject([("messages", .array(list))]),
            text: { $0["delta"]?["content"]?.string },
            handle: handle
        )
    }

    func complete(_ prompt: String, maxTokens: Int?, handle: (String) throws -> Void) async throws -> String {
        var body = JSONObject([("prompt", .string(prompt))])
        if let maxTokens { body["max_tokens"] = .integer(maxTokens) }
        return try await stream("/completions", body, text: { $0["text"]?.string }, handle: handle)
    }

    private func stream(
        _ path: String,
        _ body: JSONObject,
        text: (JSONValue) -> String?,
        handle: (String) throws -> Void
    ) async throws -> String {
        var body = body
        body["model"] = .string(model)
        body["stream"] = true
        var answer = ""
        try await client.stream(path, body: body) { chunk in
            guard let choice = chunk["choices"]?[0], let piece = text(choice) else { return }
            answer += piece
            try handle(piece)
        }
        return answer
    }
}

/// A model in this process.
struct LocalRespondent: Respondent {
    let llm: LLM

    func chat(_ messages: [ChatMessage], handle: (String) throws -> Void) async throws -> String {
        try await collect(llm.streamChat(messages), handle: handle)
    }

    func complete(_ prompt: String, maxTokens: Int?, handle: (String) throws -> Void) async throws -> String {
        var sampling = llm.defaultSampling
        sampling.maxTokens = maxTokens ?? 16
        return try await collect(llm.stream(prompt, sampling: sampling), handle: handle)
    }

    private func collect(_ pieces: LLM.TextSequence, handle: (String) throws -> Void) async throws -> String {
        var answer = ""
        for await piece in pieces {
            answer += piece.text
            try handle(piece.text)
        }
        return answer
    }
}
