/// The framing of an event stream: `data: …`, an empty line.
package enum ServerSentEvents {
    /// The event that ends every stream.
    package static let done = Array("data: [DONE]\n\n".utf8)

    /// A comment that keeps an idle connection open.
    package static let keepAlive = Array(": keep-alive\n\n".utf8)

    /// The event of an error after the stream began; `done` follows it.
    package static func error(_ error: APIError) -> [UInt8] {
        var bytes = Array("data: ".utf8)
        error.appendBody(to: &bytes)
        bytes.appendRaw("\n\n")
        return bytes
    }
}
