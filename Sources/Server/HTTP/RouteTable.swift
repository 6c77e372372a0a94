import HTTPTypes
package import Hummingbird
import Logging
import MartletOpenAIAPI

/// Finds the route of a request, checks its key, and turns every error into the API's error body.
///
/// Hummingbird's own router does not tell an unknown method from an unknown path and has no trailing wildcard with a
/// value (`/v1/models/ORG/NAME`), both of which the wire format needs.
package struct RouteTable: HTTPResponder {
    /// Hummingbird's name for the type of the second argument.
    package typealias Context = ServerRequestContext

    private let routes: [Route]
    private let keys: APIKeys
    private let configuration: ServerConfiguration
    private let metrics: HTTPMetrics

    /// A table of routes.
    package init(routes: [Route], keys: APIKeys, configuration: ServerConfiguration, metrics: HTTPMetrics) {
        self.routes = routes
        self.keys = keys
        self.configuration = configuration
        self.metrics = metrics
    }

    /// The response of the route, or an error response.
    package func respond(to request: Request, context: ServerRequestContext) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        let path = localPath(request)
        if let response = configuration.cors.preflight(request) { return finished(response, request) }
        let matches = routes.compactMap { route in route.match(path).map { (route, $0) } }
        let route = matches.first { $0.0.method == request.method }
        var response = await answer(request, context, matches: matches, route: route)
        configuration.cors.mark(&response, for: request)
        response = finished(response, request)
        if route?.0.isMeasured ?? true || response.status.code >= 500 {
            metrics.record(
                handler: route?.0.path ?? "none",
                method: request.method.rawValue,
                status: Int(response.status.code),
                duration: clock.now - start,
                byteCounts: (request.headers[.contentLength].flatMap { Int($0) }, response.body.contentLength)
            )
        }
        if configuration.logsRequests, route?.0.isMeasured ?? true, !configuration.unloggedPaths.contains(path) {
            context.logger.info(
                "\(request.method.rawValue) \(path.prefix(200)) \(response.status.code) \(clock.now - start)"
            )
        }
        return response
    }

    private func answer(
        _ request: Request,
        _ context: ServerRequestContext,
        matches: [(Route, String)],
        route: (Route, String)?
    ) async -> Response {
        do {
            // an unknown path under a guarded prefix wants the key first, so that it does not tell what exists
            let access = route?.0.access ?? .keyed
            if access != .open, request.method != .options,
                !keys.accept(request.headers, allowsKeyHeader: access == .keyedWithHeader)
            {
                throw APIError.unauthorized
            }
            if let route { return try await route.0.handler(request, context, route.1) }
            return notFound(request, allowed: matches.map(\.0.method))
        } catch let error as APIError {
            return ErrorResponse.make(error)
        } catch is CancellationError {
            return Response(status: .init(code: 499, reasonPhrase: "Client Closed Request"))
        } catch {
            context.logger.error("\(request.method.rawValue) \(request.uri.path.prefix(200)) failed: \(error)")
            return ErrorResponse.make(.engineFailure)
        }
    }

    /// The path below the prefix that a proxy in front of the server may have left in it.
    private func localPath(_ request: Request) -> String {
        let path = request.uri.path
        let root = configuration.rootPath
        guard !root.isEmpty, path.hasPrefix(root) else { return path }
        let rest = path.dropFirst(root.count)
        return rest.isEmpty ? "/" : rest.hasPrefix("/") ? String(rest) : path
    }

    private func notFound(_ request: Request, allowed: [HTTPRequest.Method]) -> Response {
        let path = localPath(request)
        if path.count > 1, path.hasSuffix("/"), routes.contains(where: { $0.match(String(path.dropLast())) != nil }) {
            return Response(
                status: .temporaryRedirect,
                headers: [.location: String(request.uri.path.dropLast())]
            )
        }
        guard !allowed.isEmpty else { return ErrorResponse.make(.unknownPath(request.uri.path)) }
        var response = ErrorResponse.make(.methodNotAllowed(request.method.rawValue, path: request.uri.path))
        response.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ")
        return response
    }

    /// The response with the request's id, where that is wanted: the client's, or a new one.
    private func finished(_ response: Response, _ request: Request) -> Response {
        guard configuration.sendsRequestIDHeader, let name = HTTPField.Name("X-Request-Id") else { return response }
        let own = request.headers[name].flatMap { RequestOptions.isValidRequestID($0) ? $0 : nil }
        var response = response
        response.headers[name] = own ?? RandomID.hex(32)
        return response
    }
}
