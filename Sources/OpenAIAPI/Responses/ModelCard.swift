/// A served model as `GET /v1/models` and `GET /v1/models/{id}` show it.
package struct ModelCard: Sendable, Hashable {
    /// The name under which it is served.
    package var id: String
    /// The time of the answer, in seconds of Unix time.
    package var created: Int
    /// The folder or repository it was loaded from.
    package var root: String
    /// The model that an adapter belongs to.
    package var parent: String?
    /// The context, in tokens.
    package var maxModelLength: Int?
    /// The id of the permission object that old clients expect: `modelperm-…`.
    package var permissionID: String

    /// A model.
    package init(
        id: String,
        created: Int,
        root: String,
        parent: String? = nil,
        maxModelLength: Int?,
        permissionID: String
    ) {
        self.id = id
        self.created = created
        self.root = root
        self.parent = parent
        self.maxModelLength = maxModelLength
        self.permissionID = permissionID
    }

    /// The body of `GET /v1/models/{id}`.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendModel(self)
        return bytes
    }

    /// The body of `GET /v1/models`.
    package static func listBody(_ models: [ModelCard]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRaw("{\"object\":\"list\",\"data\":")
        bytes.appendArray(models) { $1.appendModel($0) }
        bytes.appendRaw("}")
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func appendModel(_ model: ModelCard) {
        appendRaw("{\"id\":")
        appendJSON(model.id)
        appendRaw(",\"object\":\"model\",\"created\":")
        appendJSON(model.created)
        appendRaw(",\"owned_by\":\"vllm\",\"root\":")
        appendJSON(model.root)
        appendRaw(",\"parent\":")
        appendJSON(model.parent)
        appendRaw(",\"max_model_len\":")
        appendJSON(model.maxModelLength)
        appendRaw(",\"permission\":[{\"id\":")
        appendJSON(model.permissionID)
        appendRaw(",\"object\":\"model_permission\",\"created\":")
        appendJSON(model.created)
        appendRaw(",\"allow_create_engine\":false,\"allow_sampling\":true,\"allow_logprobs\":true")
        appendRaw(",\"allow_search_indices\":false,\"allow_view\":true,\"allow_fine_tuning\":false")
        appendRaw(",\"organization\":\"*\",\"group\":null,\"is_blocking\":false}]}")
    }
}
