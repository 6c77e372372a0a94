package import MartletJSON

/// A tool that the model may call.
package struct ToolDefinition: Sendable, Hashable {
    /// The function's name.
    package var name: String
    /// The JSON Schema of the arguments; `nil` where the request gives none.
    package var parameters: JSONValue?
    /// Whether the arguments must satisfy the schema also where the model chooses freely whether to call.
    package var isStrict: Bool

    /// A tool.
    package init(name: String, parameters: JSONValue? = nil, isStrict: Bool = false) {
        self.name = name
        self.parameters = parameters
        self.isStrict = isStrict
    }
}

/// Whether the model is to call tools.
package enum ToolChoice: Sendable, Hashable {
    /// No calls: markup of calls is plain text.
    case none
    /// The model decides.
    case auto
    /// At least one call.
    case required
    /// One call of the tool with that name.
    case named(String)
}
