import HTTPTypes
import HummingbirdTesting
import MartletServer
import Testing

/// Requests of pages from other origins; the expected headers are those of Starlette's middleware.
@Suite struct CORSTests {
    private static let site = "http://example.com"

    private static func preflight(
        _ origin: String,
        method: String = "POST",
        headers: String? = nil,
        _ change: @escaping (inout ServerConfiguration) -> Void
    ) async throws -> TestResponse {
        var fields: HTTPFields = [.origin: origin, .accessControlRequestMethod: method]
        fields[.accessControlRequestHeaders] = headers
        return try await TestServer(change).send(.options, "/v1/chat/completions", headers: fields)
    }

    @Test func preflightsAreRefusedByDefault() async throws {
        let response = try await Self.preflight(Self.site, headers: "authorization,content-type") { _ in }
        #expect(response.status == .badRequest)
        #expect(response.text == "Disallowed CORS origin")
        #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
        #expect(response.headers[.accessControlAllowOrigin] == nil)
        #expect(response.headers[.accessControlAllowHeaders] == "authorization,content-type")
        #expect(response.headers[.accessControlMaxAge] == "600")
        let methods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY"
        #expect(response.headers[.accessControlAllowMethods] == methods)
        #expect(response.headers[.vary]?.hasPrefix("Origin, Access-Control-Request-Method,") == true)
    }

    @Test func preflightsOfAllowedOrigins() async throws {
        let response = try await Self.preflight(Self.site) { $0.cors.origins = [Self.site] }
        #expect(response.status == .ok && response.text == "OK")
        #expect(response.headers[.accessControlAllowOrigin] == Self.site)
        #expect(response.headers[.accessControlAllowCredentials] == nil)
        let other = try await Self.preflight("http://evil.com") { $0.cors.origins = [Self.site] }
        #expect(other.status == .badRequest && other.headers[.accessControlAllowOrigin] == nil)
        let any = try await Self.preflight("http://evil.com") { $0.cors.origins = ["*"] }
        #expect(any.headers[.accessControlAllowOrigin] == "*")
    }

    @Test func preflightsNeedNoKey() async throws {
        let response = try await Self.preflight(Self.site) { ($0.apiKeys, $0.cors.origins) = (["key"], [Self.site]) }
        #expect(response.status == .ok)
    }

    @Test func methodsAndHeadersCanBeLimited() async throws {
        func limited(_ method: String, _ headers: String?) async throws -> TestResponse {
            try await Self.preflight(Self.site, method: method, headers: headers) {
                $0.cors.origins = [Self.site]
                $0.cors.methods = ["POST"]
                $0.cors.headers = ["X-Mine"]
            }
        }
        let good = try await limited("POST", "x-mine, content-type")
        #expect(good.status == .ok)
        let allowed = "Accept, Accept-Language, Content-Language, Content-Type, X-Mine"
        #expect(good.headers[.accessControlAllowHeaders] == allowed)
        #expect(good.headers[.accessControlAllowMethods] == "POST")
        #expect(try await limited("PUT", nil).text == "Disallowed CORS method")
        #expect(try await limited("PUT", "x-other").text == "Disallowed CORS method, headers")
    }

    @Test func credentialsNameTheOrigin() async throws {
        let response = try await Self.preflight(Self.site) {
            ($0.cors.origins, $0.cors.allowsCredentials) = (["*"], true)
        }
        #expect(response.headers[.accessControlAllowOrigin] == Self.site)
        #expect(response.headers[.accessControlAllowCredentials] == "true")
    }

    @Test func answersAreMarkedForAllowedOrigins() async throws {
        let server = try await TestServer { $0.cors.origins = [Self.site] }
        let good = try await server.send(.get, "/v1/models", headers: [.origin: Self.site])
        #expect(good.status == .ok && good.headers[.accessControlAllowOrigin] == Self.site)
        let other = try await server.send(.get, "/v1/models", headers: [.origin: "http://evil.com"])
        #expect(other.status == .ok && other.headers[.accessControlAllowOrigin] == nil)
        #expect(other.headers[.vary] == "Origin")
        let refused = try await server.send(.get, "/nothing", headers: [.origin: Self.site])
        #expect(refused.status == .notFound && refused.headers[.accessControlAllowOrigin] == Self.site)
        #expect(try await server.send(.options, "/v1/models").status == .methodNotAllowed)
    }
}
