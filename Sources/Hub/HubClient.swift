import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Speaks HTTP with the hub and with where it redirects to.
///
/// Redirects are followed here and not by the HTTP library, since the token must stay with the endpoint: once an address
/// has another scheme, host or port, no later request of that chain carries it.
struct HubClient: Sendable {
    /// How many redirects are followed.
    private static let redirectLimit = 8
    /// How much of an error's body is read.
    private static let discardLimit = 64 << 10

    /// Where the hub is and how patient the client is.
    let configuration: HubConfiguration
    private let http: HTTPClient
    private let endpoint: WebAddress

    /// A client; it must be shut down.
    init(_ configuration: HubConfiguration) throws(HubError) {
        guard let endpoint = WebAddress(configuration.endpoint) else {
            throw .invalidEndpoint(configuration.endpoint)
        }
        self.configuration = configuration
        self.endpoint = endpoint
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.timeout = .init(
            connect: TimeAmount(configuration.connectTimeout),
            read: TimeAmount(configuration.readTimeout)
        )
        settings.connectionPool.retryConnectionEstablishment = false
        settings.httpVersion = .http1Only
        settings.proxy = configuration.proxy.map(HTTPClient.Configuration.Proxy.init)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Closes all connections.
    func shutdown() async {
        try? await http.shutdown()
    }

    /// One request, redirects followed.
    struct Request {
        /// The HTTP method.
        var method: HTTPMethod = .GET
        /// The address.
        var address: WebAddress
        /// The first byte wanted, when not all are.
        var firstByte = 0
        /// The model that errors name.
        var model: HubModelID
        /// Whether a redirect is an answer when this is true of it.
        var acceptsRedirect: @Sendable (HTTPHeaders) -> Bool = { _ in false }
    }

    /// The address of a path below the endpoint.
    func address(_ path: String) throws(HubError) -> WebAddress {
        guard let address = WebAddress("\(configuration.endpoint)/\(path)") else {
            throw .invalidEndpoint(configuration.endpoint)
        }
        return address
    }

    /// Sends the request and follows redirects.
    ///
    /// - Returns: an answer with a status from 200 to 299, or a redirect that the request accepts.
    /// - Throws: a `HubError` that the status stands for; `.unreachable` when no answer came.
    func send(_ request: Request) async throws(HubError) -> HTTPClientResponse {
        var address = request.address
        var isTrusted = address.origin == endpoint.origin
        for _ in 0...Self.redirectLimit {
            let response = try await exchange(request, at: address, withToken: isTrusted)
            switch response.status.code {
            case 200..<300: return response
            case 301, 302, 303, 307, 308:
                if request.acceptsRedirect(response.headers) { return response }
                let next = try redirectTarget(of: response, from: address)
                isTrusted = isTrusted && next.origin == endpoint.origin
                address = next
                await discard(response)
            default:
                await discard(response)
                throw failure(of: response, request.model, at: address, isHub: address.origin == endpoint.origin)
            }
        }
        throw .redirectRefused(
            from: request.address.text,
            to: address.text,
            reason: "more than \(Self.redirectLimit) redirects"
        )
    }

    private func exchange(
        _ request: Request,
        at address: WebAddress,
        withToken: Bool
    ) async throws(HubError) -> HTTPClientResponse {
        var message = HTTPClientRequest(url: address.text)
        message.method = request.method
        message.headers.add(name: "User-Agent", value: "martlet/0.1")
        message.headers.add(name: "Accept-Encoding", value: "identity")
        if withToken, let token = configuration.token {
            message.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        if request.firstByte > 0 { message.headers.add(name: "Range", value: "bytes=\(request.firstByte)-") }
        do {
            return try await http.execute(message, deadline: .distantFuture)
        } catch {
            throw Self.transportFailure(error, address)
        }
    }

    private func redirectTarget(
        of response: HTTPClientResponse,
        from address: WebAddress
    ) throws(HubError) -> WebAddress {
        let location = response.headers.first(name: "Location") ?? ""
        guard let next = address.resolving(location) else {
            throw .redirectRefused(
                from: address.text,
                to: Self.printable(location),
                reason: "that is not an http address"
            )
        }
        guard next.origin.isSecure || !address.origin.isSecure else {
            throw .redirectRefused(from: address.text, to: next.text, reason: "that is not encrypted")
        }
        return next
    }

    private func discard(_ response: HTTPClientResponse) async {
        _ = try? await response.body.collect(upTo: Self.discardLimit)
    }

    /// The whole body of an answer.
    ///
    /// - Throws: `HubError.malformedResponse` when there are more than `limit` bytes.
    func body(
        of response: HTTPClientResponse,
        limit: Int,
        at address: WebAddress
    ) async throws(HubError) -> [UInt8] {
        do {
            var bytes: [UInt8] = []
            for try await buffer in response.body {
                guard buffer.readableBytes <= limit - bytes.count else {
                    throw HubError.malformedResponse(url: address.text, reason: "more than \(limit) bytes")
                }
                bytes.append(contentsOf: buffer.readableBytesView)
            }
            return bytes
        } catch let error as HubError {
            throw error
        } catch {
            throw Self.transportFailure(error, address)
        }
    }

    // MARK: - Errors

    /// The error that a failed exchange is.
    static func transportFailure(_ error: any Error, _ address: WebAddress) -> HubError {
        if let error = error as? HubError { return error }
        if Task.isCancelled || error is CancellationError { return .cancelled }
        let reason = (error as? HTTPClientError)?.shortDescription ?? String(describing: error)
        let known = ["Connection refused", "No route to host", "Network is unreachable", "Connection reset"]
        return .unreachable(
            host: address.origin.host,
            reason: known.first { reason.contains($0) }?.lowercased() ?? printable(reason)
        )
    }

    /// The error that a status stands for, with the hub's own error code where it sends one.
    private func failure(
        of response: HTTPClientResponse,
        _ model: HubModelID,
        at address: WebAddress,
        isHub: Bool
    ) -> HubError {
        let status = Int(response.status.code)
        let message = Self.printable(response.headers.first(name: "X-Error-Message") ?? "")
        let hasToken = configuration.token != nil
        let id = model.description
        let notFound = HubError.modelNotFound(model: id, endpoint: configuration.endpoint, hasToken: hasToken)
        guard isHub else { return .server(url: address.text, status: status, message: message) }
        switch (response.headers.first(name: "X-Error-Code"), status) {
        case ("GatedRepo", _):
            return .gated(model: id, page: "\(configuration.endpoint)/\(id)", hasToken: hasToken)
        case ("RevisionNotFound", _): return .revisionNotFound(model: id, revision: "")
        case ("EntryNotFound", _): return .fileNotFound(model: id, file: "")
        case ("RepoNotFound", _): return notFound
        case (_, 401) where message.contains("Invalid credentials"), (_, 403):
            return .unauthorized(model: id, status: status, hasToken: hasToken)
        // the hub does not tell a stranger whether a private model exists
        case (_, 401): return hasToken ? .unauthorized(model: id, status: status, hasToken: true) : notFound
        case (_, 404): return notFound
        default: return .server(url: address.text, status: status, message: message)
        }
    }

    /// Foreign text without control characters, cut to a sane length.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(300).filter { $0.value >= 0x20 && $0.value != 0x7F })
        )
    }
}

extension HTTPClient.Configuration.Proxy {
    /// The same proxy in the HTTP library's terms.
    fileprivate init(_ proxy: HubProxy) {
        switch proxy.kind {
        case .http:
            self = .server(
                host: proxy.host,
                port: proxy.port,
                authorization: proxy.credentials.map { .basic(username: $0.user, password: $0.password) }
            )
        case .socks: self = .socksServer(host: proxy.host, port: proxy.port)
        }
    }
}

extension TimeAmount {
    /// The same span of time, cut to whole milliseconds.
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .milliseconds(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
