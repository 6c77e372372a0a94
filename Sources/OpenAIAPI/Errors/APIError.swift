import MartletJSON

/// A refusal or failure as clients see it: the HTTP status and OpenAI's error object.
///
/// The object's members are, in this order, `message`, `type`, `param` and `code`; `code` repeats the status.
package struct APIError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status, 400 and above.
    package var status: Int
    /// One sentence for people.
    package var message: String
    /// The class of the error, for programs.
    package var type: ErrorType
    /// The field at fault: a plain name, or a dotted path that begins with `body` for schema violations.
    package var param: String?
    /// What the body's `detail` member says, for the few errors that carry one beside the error object.
    package var detail: String?

    /// An error.
    package init(status: Int, message: String, type: ErrorType, param: String? = nil, detail: String? = nil) {
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.detail = detail
    }

    /// The message with the status.
    package var description: String { "\(status): \(message)" }

    /// The response body: `{"error":{…}}`, or `{"detail":…,"error":{…}}` where there is a detail.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        appendBody(to: &bytes)
        return bytes
    }

    /// Appends the response body.
    package func appendBody(to bytes: inout [UInt8]) {
        bytes.appendRaw("{")
        if let detail {
            bytes.appendRaw("\"detail\":")
            bytes.appendJSON(detail)
            bytes.appendRaw(",")
        }
        bytes.appendRaw("\"error\":{\"message\":")
        bytes.appendJSON(message)
        bytes.appendRaw(",\"type\":")
        bytes.appendJSON(type.rawValue)
        bytes.appendRaw(",\"param\":")
        bytes.appendJSON(param)
        bytes.appendRaw(",\"code\":")
        bytes.appendJSON(status)
        bytes.appendRaw("}}")
    }
}

/// The classes of errors, vLLM's names.
package enum ErrorType: String, Sendable, Hashable {
    /// The body does not fit the schema: bad JSON, a wrong type, a missing field.
    case schema = "Bad Request"
    /// The fields are well formed, but their values are not acceptable.
    case badRequest = "BadRequestError"
    /// No such model, path or object.
    case notFound = "NotFoundError"
    /// No such stored response, or one that does not allow it.
    case invalidRequest = "invalid_request_error"
    /// The key is missing or wrong.
    case authentication = "AuthenticationError"
    /// The path exists, with other methods.
    case methodNotAllowed = "MethodNotAllowedError"
    /// The body or the headers are larger than allowed.
    case tooLarge = "PayloadTooLargeError"
    /// The served model cannot do it.
    case notImplemented = "NotImplementedError"
    /// The waiting queue is full.
    case overloaded = "Service Unavailable"
    /// The engine cannot take requests at the moment.
    case unavailable = "ServiceUnavailableError"
    /// The engine failed.
    case server = "InternalServerError"
}
