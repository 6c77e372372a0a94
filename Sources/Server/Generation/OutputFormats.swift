package import MartletOutputParsing

/// How the served model writes tool calls and reasoning.
package struct OutputFormats: Sendable {
    /// How it writes calls; `nil` where calls are not parsed.
    package private(set) var tool: ToolFormat?
    /// How it marks reasoning; `nil` where all text is the answer.
    package private(set) var reasoning: ReasoningFormat?
    /// Whether the chat template decided on the tool format.
    package private(set) var isToolDetected = false
    /// Whether the chat template decided on the reasoning format.
    package private(set) var isReasoningDetected = false

    /// Nothing is parsed.
    package init() {}

    /// The formats of a model.
    ///
    /// - Parameters:
    ///   - toolParser: the format's name; `none` for none, `nil` for what the chat template asks for.
    ///   - reasoningParser: the same for reasoning.
    ///   - templateSource: the text of the chat template, if there is one.
    /// - Throws: what is known where a name is not.
    package init(toolParser: String?, reasoningParser: String?, templateSource: String?) throws(UnknownFormat) {
        if let toolParser {
            tool = toolParser == "none" ? nil : try ToolFormat.named(toolParser)
        } else if let found = templateSource.flatMap({ ToolFormat.detect(template: $0) }) {
            tool = found
            isToolDetected = true
        }
        if let reasoningParser {
            reasoning = reasoningParser == "none" ? nil : try ReasoningFormat.named(reasoningParser)
        } else if let found = templateSource.flatMap({ ReasoningFormat.detect(template: $0) }) {
            reasoning = found
            isReasoningDetected = true
        }
    }
}
