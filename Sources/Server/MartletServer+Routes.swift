import HTTPTypes
import Hummingbird
import Martlet
import MartletEngine
import MartletOpenAIAPI
import NIOCore

extension ModelService: ServedModel {
    package func startModel() async throws { try await model.start() }

    package func stopModel() async { await model.engine.stop() }

    package func workInBackground() async { await background.run() }

    /// Every endpoint.
    ///
    /// The first of two that match wins.
    package func routes(connections: ConnectionRegistry, metrics: HTTPMetrics) -> [Route] {
        let service = self
        let chat = ChatCompletionsRoute(service: service, connections: connections)
        let completions = CompletionsRoute(service: service, connections: connections)
        let responses = ResponsesRoute(
            service: service,
            connections: connections,
            keys: APIKeys(configuration.apiKeys),
            store: ResponseStore(
                maxCount: configuration.maxStoredResponses,
                maxByteCount: configuration.maxStoredResponseByteCount
            )
        )
        let messages = MessagesRoute(service: service, connections: connections)
        let tokenize = TokenizeRoute(service: service)
        let models = ModelsRoute(service: service)
        let report = LoadReport(service: service)
        let own: [Route] = [
            Route(.post, "/v1/chat/completions") { request, context, _ in
                report.added(to: try await chat.respond(to: request, context: context), for: request)
            },
            Route(.post, "/v1/completions") { request, context, _ in
                report.added(to: try await completions.respond(to: request, context: context), for: request)
            },
            Route(.post, "/v1/responses") { request, context, _ in
                try await responses.create(request, context: context)
            },
            Route(.post, "/v1/responses/{id}/cancel") { request, _, id in try responses.cancel(id, request) },
            Route(.get, "/v1/responses/{id}") { request, _, id in try responses.retrieve(id, request) },
            Route(.delete, "/v1/responses/{id}") { request, _, id in try responses.delete(id, request) },
            Route(.post, "/v1/messages", access: .keyedWithHeader) { request, context, _ in
                try await messages.respond(to: request, context: context)
            },
            Route(.post, "/v1/messages/count_tokens", access: .keyedWithHeader) { request, context, _ in
                try await messages.countTokens(request, context: context)
            },
            Route(.get, "/v1/models") { _, _, _ in models.list() },
            Route(.get, "/v1/models/*") { _, _, id in try models.retrieve(id) },
            Route(.post, "/tokenize") { request, context, _ in
                try await tokenize.tokenize(request, context: context)
            },
            Route(.post, "/detokenize") { request, context, _ in
                try await tokenize.detokenize(request, context: context)
            },
        ]
        return own + probes(metrics) + RenderRoute(service: service).routes + AdminRoutes(service: service).routes
            + PoolingService.refusedRoutes(model: modelName, served: "a model that generates text")
    }

    /// What tells of the server itself.
    private func probes(_ metrics: HTTPMetrics) -> [Route] {
        let service = self
        let health = HealthRoute(service: service)
        let exporter = MetricsRoute(
            engine: { [isWanted = configuration.exportsEngineMetrics] text in
                if isWanted { EngineMetricsText(service: service).export(to: &text) }
            },
            http: metrics
        )
        let metricsAccess: Route.Access = service.configuration.protectsMetrics ? .keyed : .open
        return [
            Route(.get, "/health", access: .open, isMeasured: false) { _, _, _ in health.respond() },
            Route(.get, "/ping", access: .open, isMeasured: false) { _, _, _ in health.respond() },
            Route(.post, "/ping", access: .open, isMeasured: false) { _, _, _ in health.respond() },
            Route(.get, "/version", access: .open, isMeasured: false) { _, _, _ in
                JSONResponse.make(VersionResponse(version: Version.string).body)
            },
            Route(.get, "/metrics", access: metricsAccess, isMeasured: false) { _, _, _ in exporter.respond() },
        ]
    }
}

/// Answers `GET /health`, `GET` and `POST /ping`.
struct HealthRoute: Sendable {
    let service: any ServedModel

    /// 200 once a token has come out; 503 before that, after a failure and while the server stops.
    func respond() -> Response { Response(status: service.isReady ? .ok : .serviceUnavailable) }
}
