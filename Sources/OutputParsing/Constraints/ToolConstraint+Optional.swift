package import MartletJSON

extension ToolConstraint {
    /// Calls in the model's own format, for a text that may be calls or something else; `nil` where the format cannot
    /// express the schemas.
    ///
    /// - Returns: a format as structural tags have it.
    package static func optionalCalls(_ configuration: OutputParserConfiguration) -> JSONValue? {
        guard configuration.toolChoice == .auto, !configuration.tools.isEmpty else { return nil }
        guard let format = configuration.toolFormat, !format.usesChannels else { return nil }
        return ToolCallWriter(format)?.forcedFormat(
            configuration.tools,
            allowsMany: configuration.allowsParallelCalls
        )
    }
}
