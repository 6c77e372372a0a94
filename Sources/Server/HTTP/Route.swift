package import HTTPTypes
package import Hummingbird

/// One endpoint: a method, a path, and what answers there.
package struct Route: Sendable {
    /// Who may call a route.
    package enum Access: Sendable {
        /// Anyone.
        case open
        /// Holders of a key, when keys are configured.
        case keyed
        /// As `keyed`; the key may also come alone, in `x-api-key`.
        case keyedWithHeader
    }

    /// Answers a request; the string is what stood for `*` or `{id}` in the path.
    package typealias Handler = @Sendable (Request, ServerRequestContext, String) async throws -> Response

    /// The method.
    package let method: HTTPRequest.Method
    /// The exact path; `/*` at its end stands for anything, `{id}` for anything without a slash.
    package let path: String
    /// Who may call it.
    package let access: Access
    /// Whether calls count in the HTTP metrics.
    package let isMeasured: Bool
    /// Whether the API's description names it.
    package let isDescribed: Bool
    /// Answers.
    package let handler: Handler

    /// A route.
    package init(
        _ method: HTTPRequest.Method,
        _ path: String,
        access: Access = .keyed,
        isMeasured: Bool = true,
        isDescribed: Bool = true,
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.isMeasured = isMeasured
        self.isDescribed = isDescribed
        self.handler = handler
    }

    /// What stands for `*` or `{id}`, or the empty string for an exact path; `nil` when the path is another.
    package func match(_ requestPath: String) -> String? {
        if let place = path.firstRange(of: "{id}") {
            let (prefix, suffix) = (path[..<place.lowerBound], path[place.upperBound...])
            guard requestPath.hasPrefix(prefix), requestPath.hasSuffix(suffix),
                requestPath.utf8.count > prefix.utf8.count + suffix.utf8.count
            else { return nil }
            let id = requestPath.dropFirst(prefix.count).dropLast(suffix.count)
            return id.contains("/") ? nil : String(id)
        }
        guard path.hasSuffix("/*") else { return path == requestPath ? "" : nil }
        let prefix = path.dropLast()
        guard requestPath.hasPrefix(prefix), requestPath.utf8.count > prefix.utf8.count else { return nil }
        return String(requestPath.dropFirst(prefix.count))
    }
}
