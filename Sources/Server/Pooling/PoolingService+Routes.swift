import HTTPTypes
import Hummingbird
import HummingbirdCore
import Martlet
import MartletEngine
import MartletModels
import MartletOpenAIAPI
import MartletTokenizers
import NIOCore

extension PoolingService: ServedModel {
    package func startModel() async throws { try await model.start() }

    package func stopModel() async { await model.engine.stop() }

    /// Every endpoint of the model's kind, and refusals that say which kind it is for the others.
    package func routes(connections: ConnectionRegistry, metrics: HTTPMetrics) -> [Route] {
        let tokenize = TokenizeRoute(service: self)
        let models = ModelsRoute(service: self)
        let health = HealthRoute(service: self)
        let exporter = MetricsRoute(
            engine: { text in
                if self.configuration.exportsEngineMetrics { EngineMetricsText(service: self).export(to: &text) }
            },
            http: metrics
        )
        let metricsAccess: Route.Access = configuration.protectsMetrics ? .keyed : .open
        let shared = [
            Route(.get, "/v1/models") { _, _, _ in models.list() },
            Route(.get, "/v1/models/*") { _, _, id in try models.retrieve(id) },
            Route(.post, "/tokenize") { request, context, _ in try await tokenize.tokenize(request, context: context) },
            Route(.post, "/detokenize") { request, context, _ in
                try await tokenize.detokenize(request, context: context)
            },
            Route(.get, "/health", access: .open, isMeasured: false) { _, _, _ in health.respond() },
            Route(.get, "/ping", access: .open, isMeasured: false) { _, _, _ in health.respond() },
            Route(.post, "/ping", access: .open, isMeasured: false) { _, _, _ in health.respond() },
            Route(.get, "/version", access: .open, isMeasured: false) { _, _, _ in
                JSONResponse.make(VersionResponse(version: Version.string).body)
            },
            Route(.get, "/metrics", access: metricsAccess, isMeasured: false) { _, _, _ in exporter.respond() },
        ]
        let own = poolingRoutes(connections)
        let name = configuration.servedModelNames.first ?? ""
        let paths = own.map(\.path)
        return own + shared
            + Self.refusals(Self.generationPaths, model: name, served: servedKind)
            + Self.refusals(Self.poolingPaths.filter { !paths.contains($0) }, model: name, served: servedKind)
    }

    /// What the model is, for people.
    private var servedKind: String {
        guard case .classification(let classifier) = model.kind else { return "an embedding model" }
        return classifier.labels.count == 1 ? "a cross-encoder, which scores pairs of texts" : "a classifier"
    }

    private func poolingRoutes(_ connections: ConnectionRegistry) -> [Route] {
        let embeddings = EmbeddingsRoute(service: self, connections: connections)
        let scores = ScoreRoute(service: self, connections: connections)
        var routes = [
            Route(.post, "/pooling") { request, context, _ in try await embeddings.pool(request, context: context) }
        ]
        var givesScores = true
        switch model.kind {
        case .embedding:
            routes.append(
                Route(.post, "/v1/embeddings") { request, context, _ in
                    try await embeddings.embed(request, context: context)
                }
            )
        case .classification(let classifier):
            givesScores = classifier.labels.count == 1
            routes.append(
                Route(.post, "/classify") { request, context, _ in
                    try await embeddings.classify(request, context: context)
                }
            )
        }
        guard givesScores else { return routes }
        routes += ["/score", "/v1/score"].map { path in
            Route(.post, path) { request, context, _ in try await scores.score(request, context: context) }
        }
        routes += ["/rerank", "/v1/rerank", "/v2/rerank"].map { path in
            Route(.post, path) { request, context, _ in try await scores.rerank(request, context: context) }
        }
        return routes
    }

    private static let generationPaths = [
        "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens",
    ]
    private static let poolingPaths = [
        "/v1/embeddings", "/pooling", "/classify", "/score", "/v1/score", "/rerank", "/v1/rerank", "/v2/rerank",
    ]

    /// The routes of pooling models, where another kind is served.
    static func refusedRoutes(model: String, served: String) -> [Route] {
        refusals(poolingPaths, model: model, served: served)
    }

    private static func refusals(_ paths: [String], model: String, served: String) -> [Route] {
        paths.map { path in
            Route(.post, path, isDescribed: false) { _, _, _ in
                throw APIError.otherKind(path: path, model: model, served: served)
            }
        }
    }
}

extension PoolingService: TokenizingService {
    var tokenizer: Tokenizer { model.tokenizer }
    var maxModelLength: Int { model.maxModelLength }

    func encode(_ text: String, addSpecialTokens: Bool, literalRanges: [Range<Int>]) async throws -> [TokenID] {
        try await tokenizer.encode(text, addSpecialTokens, literalRanges)
    }

    func tokens(of conversation: Conversation) async throws -> [TokenID] {
        try await encode(
            try render(conversation),
            addSpecialTokens: conversation.addSpecialTokens,
            literalRanges: []
        )
    }
}

extension APIError {
    /// The route is for another kind of model than the one that is served: 404.
    static func otherKind(path: String, model: String, served: String) -> APIError {
        APIError(
            status: 404,
            message: "The model `\(model)` is \(served): it does not answer `\(path)`.",
            type: .notFound,
            detail: "Not Found"
        )
    }
}
