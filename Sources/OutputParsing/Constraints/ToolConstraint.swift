package import MartletJSON

/// What the generated text must satisfy so that it holds the calls that a request demands.
package struct ToolConstraint: Sendable, Hashable {
    /// A structural tag (`{"type": "structural_tag", "format": …}`) for the text, or for what follows the reasoning.
    package let structuralTag: JSONValue
    /// Whether the tag is about the text from its first character, reasoning included.
    package let coversReasoning: Bool

    /// The constraint of a demanded call, or `nil` where none is demanded.
    ///
    /// Calls are written as the model's format has it; where that cannot express the schemas, as JSON: the arguments of a
    /// named tool, else a list of objects with `name` and `parameters`.
    package static func forced(_ configuration: OutputParserConfiguration) -> ToolConstraint? { nil }

    /// The format of calls that are written as plain JSON since the model's own cannot express them, or `nil` where they
    /// are written in the model's own.
    static func forcedFormat(_ configuration: OutputParserConfiguration) -> ToolFormat? { nil }
}
