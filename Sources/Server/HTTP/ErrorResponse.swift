import HTTPTypes
import Hummingbird
import MartletOpenAIAPI
import NIOCore

/// Responses that carry an error body.
enum ErrorResponse {
    /// The response of an API error.
    ///
    /// - Parameters:
    ///   - error: the error.
    ///   - body: its body where that is not the OpenAI API's.
    /// - Returns: the response with the headers that belong to its status.
    static func make(_ error: APIError, body: [UInt8]? = nil) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        if error.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        if error.status == 503 { headers[.retryAfter] = "1" }
        if error.status == 413 { headers[.connection] = "close" }
        return Response(
            status: .init(code: error.status),
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: body ?? error.body))
        )
    }
}

/// Responses with a JSON body.
enum JSONResponse {
    /// The response of a body that is JSON text.
    static func make(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
