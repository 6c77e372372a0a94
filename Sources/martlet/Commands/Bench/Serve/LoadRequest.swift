import MartletJSON

/// Where load goes to: the server, the route and what every request has in common.
struct LoadTarget: Sendable {
    /// Which API is spoken.
    enum API: String, Sendable {
        case completions = "openai"
        case chat = "openai-chat"

        /// The route under which servers have it.
        var endpoint: String { self == .chat ? "/v1/chat/completions" : "/v1/completions" }
    }

    let url: String
    let api: API
    let model: String
    let headers: [(name: String, value: String)]
    /// Members of every request's body: sampling, `ignore_eos`, whatever `--extra-body` says.
    let body: JSONObject

    /// The body of one request.
    func body(_ request: LoadRequest) -> String {
        var object = JSONObject([("model", .string(model))])
        switch api {
        case .completions: object["prompt"] = .string(request.prompt)
        case .chat: object["messages"] = [["role": "user", "content": .string(request.prompt)]]
        }
        object["max_tokens"] = .integer(request.outputLength)
        object["stream"] = true
        object["stream_options"] = ["include_usage": true]
        for member in body { object[member.key] = member.value }
        return JSONValue.object(object).serialized
    }
}

/// One request of a load.
struct LoadRequest: Sendable {
    let prompt: String
    /// The prompt's tokens as far as this client knows; the server's count is used where it gives one.
    let promptLength: Int
    /// The most tokens to generate.
    let outputLength: Int
}

/// What became of a request; times in seconds, `start` since the load began.
struct LoadOutcome: Sendable {
    var start = 0.0
    /// From sending the request to the first text; 0 where there was none.
    var timeToFirstToken = 0.0
    /// Between chunks with text.
    var interTokenLatencies: [Double] = []
    /// From sending the request to the last text, or to the end where there was none.
    var latency = 0.0
    /// How long the request waited for `--max-concurrency`.
    var queueTime = 0.0
    var promptTokenCount: Int
    /// The server's count of generated tokens, or the chunks with text where it gave none.
    var outputTokenCount = 0
    var text = ""
    /// Why the request failed; empty where it did not.
    var error = ""

    var isSuccess: Bool { error.isEmpty }

    /// The mean time of a token after the first; `nil` for fewer than two.
    var timePerOutputToken: Double? {
        outputTokenCount > 1 ? (latency - timeToFirstToken) / Double(outputTokenCount - 1) : nil
    }
}
