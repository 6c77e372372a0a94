import HTTPTypes
package import Hummingbird
import NIOCore

/// Which pages of other origins a browser lets read the answers.
///
/// Without origins nobody may. The answers to preflights, and the headers, are Starlette's, which vLLM uses.
package struct CORSPolicy: Sendable {
    /// The origins, for example `https://example.com`; `*` for all.
    package var origins: [String] = []
    /// The methods; `*` for all.
    package var methods = ["*"]
    /// The request headers besides those that browsers always send; `*` for all.
    package var headers = ["*"]
    /// Whether browsers may send cookies and client certificates along.
    package var allowsCredentials = false

    /// Nobody may.
    package init() {}

    private static let allMethods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"]
    private static let safeHeaders = ["Accept", "Accept-Language", "Content-Language", "Content-Type"]
    private static let preflightVary =
        "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"

    /// The answer to a browser's question whether it may send a request; `nil` for any other request.
    package func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let origin = request.headers[.origin],
            let method = request.headers[.accessControlRequestMethod]
        else { return nil }
        var fields = HTTPFields()
        var refused: [String] = []
        let allMethods = methods.contains("*") ? Self.allMethods : methods
        fields[.vary] = Self.preflightVary
        fields[.accessControlAllowMethods] = allMethods.joined(separator: ", ")
        fields[.accessControlMaxAge] = "600"
        if !allows(origin) {
            refused.append("origin")
        } else {
            fields[.accessControlAllowOrigin] = origins.contains("*") && !allowsCredentials ? "*" : origin
        }
        if !allMethods.contains(method) { refused.append("method") }
        if !allows(headers: request.headers[.accessControlRequestHeaders], &fields) { refused.append("headers") }
        if allowsCredentials { fields[.accessControlAllowCredentials] = "true" }
        fields[.contentType] = "text/plain; charset=utf-8"
        let text = refused.isEmpty ? "OK" : "Disallowed CORS " + refused.joined(separator: ", ")
        return Response(
            status: refused.isEmpty ? .ok : .badRequest,
            headers: fields,
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// Adds to an answer what lets the request's origin read it.
    package func mark(_ response: inout Response, for request: Request) {
        if response.headers[.vary] == nil { response.headers[.vary] = "Origin" }
        guard let origin = request.headers[.origin], allows(origin) else { return }
        let isForAll = origins.contains("*") && request.headers[.cookie] == nil
        response.headers[.accessControlAllowOrigin] = isForAll ? "*" : origin
        if allowsCredentials { response.headers[.accessControlAllowCredentials] = "true" }
    }

    private func allows(_ origin: String) -> Bool { origins.contains("*") || origins.contains(origin) }

    /// Whether the headers that a page wants to send are allowed; says which are.
    private func allows(headers wanted: String?, _ fields: inout HTTPFields) -> Bool {
        if headers.contains("*") {
            if let wanted { fields[.accessControlAllowHeaders] = wanted }
            return true
        }
        let allowed = Set(headers + Self.safeHeaders).sorted()
        fields[.accessControlAllowHeaders] = allowed.joined(separator: ", ")
        let names = Set(allowed.map { $0.lowercased() })
        return (wanted ?? "").split(separator: ",").allSatisfy { header in
            names.contains(header.lowercased().filter { $0 != " " })
        }
    }
}
