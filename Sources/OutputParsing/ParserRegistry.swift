extension ToolFormat {
    /// All formats.
    package static let all: [ToolFormat] = [
        .hermes, .llamaJSON, .pythonic, .llama4Pythonic, .mistral, .qwen3Coder, .deepseekV3, .deepseekV31, .deepseekV32,
        .deepseekV4, .openAI, .granite, .granite20B, .internLM, .jamba, .phi4Mini, .kimiK2, .glm45, .minimaxM2,
        .minimax,
        .xlam, .olmo3, .gemma4, .functionGemma, .seedOSS, .lfm2, .cohereCommand, .hunyuanV3, .apertus,
    ]

    /// The format of a name.
    ///
    /// - Throws: `UnknownFormat` with the names there are.
    package static func named(_ name: String) throws(UnknownFormat) -> ToolFormat {
        guard let format = all.first(where: { $0.names.contains(name) }) else {
            throw UnknownFormat(kind: "tool-call parser", name: name, known: all.flatMap(\.names))
        }
        return format
    }

    /// The format that a chat template asks its model for, if it is one of these.
    package static func detect(template: String) -> ToolFormat? { all.first { $0.isWritten(in: template) } }

    /// Whether a chat template is of a model that writes this format.
    package func isWritten(in template: String) -> Bool { isWritten(template) }
}

extension ReasoningFormat {
    /// All formats.
    package static let all: [ReasoningFormat] = [
        .deepseekR1, .deepseekV3, .qwen3, .openAI, .granite, .mistral, .olmo3, .glm45, .kimiK2, .minimaxM2, .gemma4,
        .seedOSS, .cohereCommand, .hunyuanV3,
    ]

    /// The format of a name.
    ///
    /// - Throws: `UnknownFormat` with the names there are.
    package static func named(_ name: String) throws(UnknownFormat) -> ReasoningFormat {
        guard let format = all.first(where: { $0.names.contains(name) }) else {
            throw UnknownFormat(kind: "reasoning parser", name: name, known: all.flatMap(\.names))
        }
        return format
    }

    /// The format that a chat template shows its model to write, if it is one of these.
    package static func detect(template: String) -> ReasoningFormat? { all.first { $0.isWritten(in: template) } }

    /// Whether a chat template is of a model that writes this format.
    package func isWritten(in template: String) -> Bool { isWritten(template) }
}

/// There is no format of a name.
package struct UnknownFormat: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was looked for.
    package let kind: String
    /// The name that is not known.
    package let name: String
    /// The names that are.
    package let known: [String]

    /// One sentence that says what there is.
    package var description: String {
        "there is no \(kind) `\(name)`; known are: \(known.sorted().joined(separator: ", "))"
    }
}
