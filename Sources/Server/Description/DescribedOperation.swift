import MartletJSON

/// What the description says of one route.
struct DescribedOperation: Sendable {
    /// One line.
    var summary: String
    /// The name of the schema of the body; `nil` for none.
    var request: String?
    /// The name of the schema of the answer; `nil` for none.
    var response: String?
    /// Whether the answer may be a stream of events.
    var isStreamed = false
    /// Whether the answer is plain text.
    var isText = false
    /// Whether the answer may be bytes.
    var isBinary = false
    /// The query's parameters.
    var query: [JSONValue] = []
    /// Whether the state of what it is about may forbid it.
    var isConditional = false
    /// The name of the schema of errors.
    var error = "ErrorResponse"

    init(
        _ summary: String,
        request: String? = nil,
        response: String? = nil,
        isStreamed: Bool = false,
        isText: Bool = false,
        isBinary: Bool = false,
        query: [JSONValue] = [],
        isConditional: Bool = false,
        error: String = "ErrorResponse"
    ) {
        self.summary = summary
        self.request = request
        self.response = response
        self.isStreamed = isStreamed
        self.isText = isText
        self.isBinary = isBinary
        self.query = query
        self.isConditional = isConditional
        self.error = error
    }

    private static func parameter(_ name: String, _ schema: JSONValue) -> JSONValue {
        ["name": .string(name), "in": "query", "schema": schema]
    }

    /// By method and path, as in the table of routes.
    static let all: [String: DescribedOperation] = {
        var all: [String: DescribedOperation] = [
            "POST /v1/chat/completions": .init(
                "Answer a conversation.",
                request: "ChatCompletionRequest",
                response: "ChatCompletion",
                isStreamed: true
            ),
            "POST /v1/completions": .init(
                "Continue texts.",
                request: "CompletionRequest",
                response: "Completion",
                isStreamed: true
            ),
            "POST /v1/chat/completions/render": .init(
                "The tokens and the sampling of a conversation, without an answer.",
                request: "ChatCompletionRequest",
                response: "RenderedRequest"
            ),
            "POST /v1/completions/render": .init(
                "The tokens and the sampling of texts, without continuing them.",
                request: "CompletionRequest",
                response: "RenderedRequests"
            ),
            "GET /v1/models": .init("The names that the model answers to.", response: "ModelList"),
            "GET /v1/models/*": .init("One of the names.", response: "Model"),
            "POST /tokenize": .init(
                "The tokens of a text or conversation.",
                request: "TokenizeRequest",
                response: "Tokens"
            ),
            "POST /detokenize": .init("The text of tokens.", request: "DetokenizeRequest", response: "DetokenizedText"),
        ]
        all.merge(operations) { first, _ in first }
        all.merge(otherDialects) { first, _ in first }
        return all
    }()

    private static let otherDialects: [String: DescribedOperation] = [
        "POST /v1/responses": .init(
            "Answer a conversation in the form of the Responses API.",
            request: "ResponsesRequest",
            response: "ResponseObject",
            isStreamed: true
        ),
        "GET /v1/responses/{id}": .init("A stored response.", response: "ResponseObject"),
        "DELETE /v1/responses/{id}": .init("Forget a stored response.", response: "Object"),
        "POST /v1/responses/{id}/cancel": .init(
            "End a response that is worked on in the background.",
            response: "ResponseObject",
            isConditional: true
        ),
        "POST /v1/messages": .init(
            "Answer a conversation in the form of Anthropic's API.",
            request: "MessagesRequest",
            response: "Message",
            isStreamed: true,
            error: "MessageErrorResponse"
        ),
        "POST /v1/messages/count_tokens": .init(
            "The number of a conversation's tokens.",
            request: "MessagesRequest",
            response: "MessageTokenCount",
            error: "MessageErrorResponse"
        ),
    ]

    private static let operations: [String: DescribedOperation] = [
        "POST /v1/embeddings": .init(
            "Embed texts.",
            request: "EmbeddingRequest",
            response: "Embeddings",
            isBinary: true
        ),
        "POST /pooling": .init(
            "What the pooler gives for texts.",
            request: "PoolingRequest",
            response: "Pooled",
            isBinary: true
        ),
        "POST /classify": .init("Label texts.", request: "PoolingRequest", response: "Classes"),
        "POST /score": .init("Score pairs of texts.", request: "ScoreRequest", response: "Scores"),
        "POST /v1/score": .init("Score pairs of texts.", request: "ScoreRequest", response: "Scores"),
        "POST /rerank": .init("Order documents by a query.", request: "RerankRequest", response: "Ranking"),
        "POST /v1/rerank": .init("Order documents by a query.", request: "RerankRequest", response: "Ranking"),
        "POST /v2/rerank": .init("Order documents by a query.", request: "RerankRequest", response: "Ranking"),
        "GET /health": .init("Whether the server answers requests."),
        "GET /ping": .init("Whether the server answers requests."),
        "POST /ping": .init("Whether the server answers requests."),
        "GET /version": .init("The server's version.", response: "Version"),
        "GET /metrics": .init("Series for Prometheus.", isText: true),
        "GET /load": .init("How many requests are under way, where that is counted.", response: "Load"),
        "GET /openapi.json": .init("This document.", response: "Object"),
        "GET /server_info": .init("What the server is and was told.", response: "Object"),
        "POST /reset_prefix_cache": .init("Forget what earlier prompts left.", response: "Object"),
        "POST /sleep": .init(
            "Take no more requests.",
            response: "Object",
            query: [parameter("level", ["type": "integer", "minimum": 0, "maximum": 2, "default": 1])]
        ),
        "POST /wake_up": .init("Take requests again.", response: "Object"),
        "GET /is_sleeping": .init("Whether the server sleeps.", response: "Object"),
        "POST /pause": .init(
            "Take no more requests, and end or await those under way.",
            response: "Object",
            query: [
                parameter("mode", ["type": "string", "enum": ["abort", "wait"], "default": "abort"]),
                parameter("clear_cache", ["type": "boolean", "default": true]),
            ]
        ),
        "POST /resume": .init("Take requests again.", response: "Object"),
        "GET /is_paused": .init("Whether the server is paused.", response: "Object"),
        "GET /get_world_size": .init("The number of devices.", response: "Object"),
    ]
}
