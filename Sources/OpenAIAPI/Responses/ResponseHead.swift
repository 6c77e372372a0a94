/// What every response of a request, and every chunk of its stream, begins with.
package struct ResponseHead: Sendable, Hashable {
    /// The response's id, `chatcmpl-…` or `cmpl-…`.
    package var id: String
    /// When the request came, in seconds of Unix time.
    package var created: Int
    /// The model's served name.
    package var model: String
    /// Names the server's version and configuration; `nil` for none.
    package var systemFingerprint: String?

    /// A head.
    package init(id: String, created: Int, model: String, systemFingerprint: String? = nil) {
        self.id = id
        self.created = created
        self.model = model
        self.systemFingerprint = systemFingerprint
    }
}

extension [UInt8] {
    /// Appends `{"id":…,"object":…,"created":…,"model":…,"choices":`.
    mutating func appendHead(_ head: ResponseHead, object: StaticString) {
        appendRaw("{\"id\":")
        appendJSON(head.id)
        appendRaw(",\"object\":\"")
        appendRaw(object)
        appendRaw("\",\"created\":")
        appendJSON(head.created)
        appendRaw(",\"model\":")
        appendJSON(head.model)
        appendRaw(",\"choices\":")
    }
}
