import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
package import Logging
package import Martlet
import MartletJSON
import NIOCore
package import ServiceLifecycle

/// The HTTP server of one model.
package struct MartletServer: Sendable {
    private let service: any ServedModel
    private let configuration: ServerConfiguration
    private let logger: Logger

    /// A server; it listens once it runs.
    package init(model: LoadedModel, configuration: ServerConfiguration, logger: Logger) {
        service = ModelService(model: model, configuration: configuration)
        self.configuration = configuration
        self.logger = logger
    }

    /// A server of a model of embeddings or scores.
    package init(model: LoadedPoolingModel, configuration: ServerConfiguration, logger: Logger) {
        service = PoolingService(model: model, configuration: configuration)
        self.configuration = configuration
        self.logger = logger
    }

    /// The routes and what stands around them.
    package func responder(connections: ConnectionRegistry = ConnectionRegistry()) -> RouteTable {
        let metrics = HTTPMetrics()
        let routes = service.routes(connections: connections, metrics: metrics)
        return RouteTable(
            routes: configuration.servesDescription ? described(routes) : routes,
            keys: APIKeys(configuration.apiKeys),
            configuration: configuration,
            metrics: metrics
        )
    }

    /// The routes, and one that describes them and itself.
    private func described(_ routes: [Route]) -> [Route] {
        let path = "/openapi.json"
        let itself = Route(.get, path) { _, _, _ in JSONResponse.make([]) }
        let description = APIDescription(routes: routes + [itself], rootPath: configuration.rootPath)
        let body = Array(description.json.serialized.utf8)
        return routes + [Route(.get, path) { _, _, _ in JSONResponse.make(body) }]
    }

    /// The HTTP application as a service.
    ///
    /// - Parameter onListening: called with the port once connections are accepted; 0 for a socket file.
    /// - Returns: a service that runs until it is shut down.
    /// - Throws: `ServerEncryptionError` where a certificate or key cannot be read.
    package func application(
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> some Service {
        let connections = ConnectionRegistry()
        let address: BindAddress =
            configuration.unixSocketPath.map { .unixDomainSocket(path: $0) }
            ?? .hostname(configuration.host, port: configuration.port)
        return Application(
            responder: responder(connections: connections),
            server: try protocols(connections),
            configuration: ApplicationConfiguration(
                address: address,
                serverName: "martlet",
                backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maxConnections)
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    /// HTTP/1.1; with encryption HTTP/2 too, where the client offers it.
    private func protocols(_ connections: ConnectionRegistry) throws -> HTTPServerBuilder {
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: configuration.maxHeaderByteCount,
            maxHeaderListSize: configuration.maxHeaderByteCount,
            maxHeaderFieldCount: configuration.maxHeaderCount
        )
        let http1 = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionWatch(registry: connections)],
            idleTimeout: .nanoseconds(Int64(configuration.idleTimeout / .nanoseconds(1))),
            httpDecoderConfiguration: limits
        )
        guard let encryption = configuration.encryption else { return .http1(configuration: http1) }
        return try .http2Upgrade(
            tlsConfiguration: try encryption.configuration(),
            configuration: .init(idleTimeout: configuration.idleTimeout, streamConfiguration: http1)
        )
    }

    /// What runs beside the application.
    ///
    /// In a service group the engine comes first, the application second, the signal
    /// last: they end in reverse order.
    package var engine: some Service { EngineService(service: service, limit: configuration.shutdownTimeout) }

    /// Refuses new requests as soon as the shutdown begins.
    package var drainSignal: some Service { DrainSignal(service: service) }
}
