/// The errors that several routes raise, each with its status, type, `param` and wording in one place.
extension APIError {
    /// A value that fits the schema and is not acceptable: 400.
    ///
    /// - Parameters:
    ///   - message: a sentence with its full stop.
    ///   - param: the field at fault; it is also named at the message's end.
    ///   - value: the field's value, shown at the message's end.
    /// - Returns: the error.
    package static func badRequest(_ message: String, param: String? = nil, value: String? = nil) -> APIError {
        var text = message
        switch (param, value) {
        case (let param?, let value?): text += " (parameter=\(param), value=\(shortened(value)))"
        case (let param?, nil): text += " (parameter=\(param))"
        case (nil, _): break
        }
        return APIError(status: 400, message: text, type: .badRequest, param: param)
    }

    /// The model is not served: 404.
    ///
    /// - Parameters:
    ///   - model: the name asked for.
    ///   - served: the names that are served.
    /// - Returns: the error.
    package static func modelNotFound(_ model: String, served: [String]) -> APIError {
        let aliases = served.isEmpty ? "" : " Valid aliases: \(served.joined(separator: ", "))."
        return APIError(
            status: 404,
            message: "The model `\(shortened(model))` does not exist.\(aliases)",
            type: .notFound,
            param: "model"
        )
    }

    /// No response of that id is stored: 404.
    package static func responseNotFound(_ id: String) -> APIError {
        APIError(
            status: 404,
            message: "Response with id '\(shortened(id))' not found.",
            type: .invalidRequest,
            param: "response_id"
        )
    }

    /// The prompt has more tokens than the context: 400.
    ///
    /// - Parameters:
    ///   - tokenCount: the prompt's tokens, or where `isLowerBound`, as many as were counted.
    ///   - isLowerBound: whether counting stopped early.
    ///   - maxModelLength: the context, in tokens.
    /// - Returns: the error.
    package static func promptTooLong(tokenCount: Int, isLowerBound: Bool, maxModelLength: Int) -> APIError {
        let contains = isLowerBound ? "at least \(tokenCount)" : "\(tokenCount)"
        return badRequest(
            "This model's maximum context length is \(maxModelLength) tokens. However, your prompt contains \(contains) "
                + "input tokens, which exceeds this limit even without any output tokens. "
                + "Please reduce the length of the input prompt.",
            param: "input_tokens",
            value: "\(tokenCount)"
        )
    }

    /// The prompt has more characters than the context could hold, so that it was not tokenized: 400.
    ///
    /// - Parameters:
    ///   - characterCount: the prompt's characters.
    ///   - limit: the most characters that fit.
    ///   - maxModelLength: the context, in tokens.
    /// - Returns: the error.
    package static func promptTextTooLong(characterCount: Int, limit: Int, maxModelLength: Int) -> APIError {
        badRequest(
            "This model's maximum context length is \(maxModelLength) tokens. However, your prompt contains "
                + "\(characterCount) characters (more than \(limit) characters, which is the upper bound for "
                + "\(maxModelLength) input tokens). Please reduce the length of the input prompt.",
            param: "input_text",
            value: "\(characterCount)"
        )
    }

    /// A prompt without any token: 400.
    package static let emptyPrompt = badRequest("The decoder prompt cannot be empty")

    /// A token id that the vocabulary does not have: 400.
    ///
    /// - Parameters:
    ///   - tokenID: the id.
    ///   - field: the field that holds it.
    /// - Returns: the error.
    package static func outOfVocabulary(tokenID: Int, in field: String = "prompt") -> APIError {
        badRequest("Token id \(tokenID) in `\(field)` is out of vocabulary")
    }

    /// The key is missing or wrong: 401, to be sent with `WWW-Authenticate: Bearer`.
    package static let unauthorized = APIError(
        status: 401,
        message: "Unauthorized: a valid API key is required as `Authorization: Bearer KEY`.",
        type: .authentication
    )

    /// No route has this path: 404.
    package static func unknownPath(_ path: String) -> APIError {
        APIError(
            status: 404,
            message: "There is no route `\(shortened(path))`.",
            type: .notFound,
            detail: "Not Found"
        )
    }

    /// The path has a route, not for this method: 405, to be sent with `Allow`.
    package static func methodNotAllowed(_ method: String, path: String) -> APIError {
        APIError(
            status: 405,
            message: "The method \(shortened(method)) is not allowed for `\(shortened(path))`.",
            type: .methodNotAllowed,
            detail: "Method Not Allowed"
        )
    }

    /// The body is not declared as JSON: 400.
    package static let unsupportedMediaType = APIError(
        status: 400,
        message: "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed",
        type: .schema
    )

    /// The body is not text in UTF-8: 400.
    package static let unreadableBody = APIError(
        status: 400,
        message: "The body is not valid UTF-8.",
        type: .schema,
        param: "body",
        detail: "There was an error parsing the body"
    )

    /// The body is larger than the server reads: 413.
    package static func bodyTooLarge(limit: Int) -> APIError {
        APIError(
            status: 413,
            message: "The body is larger than \(limit) bytes.",
            type: .tooLarge,
            param: "body"
        )
    }

    /// Too many requests wait: 503.
    package static func queueFull(limit: Int) -> APIError {
        APIError(
            status: 503,
            message: "The server is busy: \(limit) requests are waiting. Try again later.",
            type: .overloaded
        )
    }

    /// Too many prompt tokens wait: 503.
    package static func queueTokensFull(limit: Int) -> APIError {
        APIError(
            status: 503,
            message: "The server is busy: prompts of \(limit) tokens are waiting. Try again later.",
            type: .overloaded
        )
    }

    /// The server is starting or stopping: 503.
    package static func unavailable(_ reason: String) -> APIError {
        APIError(status: 503, message: reason, type: .unavailable)
    }

    /// The engine failed in this request: 500.
    ///
    /// The cause belongs into the log, not into the message.
    package static let engineFailure = APIError(
        status: 500,
        message: "The request failed inside the server.",
        type: .server
    )

    /// A text cut to what a message can carry.
    static func shortened(_ text: String) -> String {
        let limit = 200
        guard text.utf8.count > limit, text.unicodeScalars.count > limit else { return text }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.prefix(limit))
        return String(scalars) + "...[truncated]"
    }
}
