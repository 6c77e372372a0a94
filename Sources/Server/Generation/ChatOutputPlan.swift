import MartletJSON
package import MartletOpenAIAPI
package import MartletOutputParsing

/// How the text of one chat request's answers is taken apart, and what it must satisfy.
package struct ChatOutputPlan: Sendable {
    /// How text is parsed; `nil` where all of it is the answer.
    package private(set) var parsing: OutputParserConfiguration?
    /// What the text must satisfy, in terms of structural tags; `nil` for any text or what the request says itself.
    private let toolConstraint: ToolConstraint?
    private let output: StructuredOutput?
    private let thinkingTokenBudget: Int?
    /// Whether events without text leave the content out, as those of servers that have a parser do.
    package let leavesEmptyTextOut: Bool

    /// The plan of a request.
    ///
    /// - Parameters:
    ///   - chat: the request.
    ///   - formats: how the model writes calls and reasoning.
    ///   - promptText: the prompt as the chat template made it.
    /// - Throws: 400 where calls are asked for that no parser would find, or contradicting constraints.
    package init(_ chat: ChatCompletionRequest, formats: OutputFormats, promptText: String) throws(APIError) {
        output = chat.output
        thinkingTokenBudget = chat.thinkingTokenBudget
        if chat.thinkingTokenBudget != nil, formats.reasoning?.openingMarker == nil {
            throw .badRequest(
                "thinking_token_budget needs a model with a format of reasoning: see --reasoning-parser.",
                param: "thinking_token_budget"
            )
        }
        leavesEmptyTextOut = formats.tool != nil || formats.reasoning != nil
        let choice = ToolChoice(chat.tools.choice)
        if choice != .none, formats.tool == nil { throw Self.noParser(chat.tools) }
        if case .named = choice, let output, !output.isTextFormat {
            throw .badRequest("`\(output.field)` cannot be combined with a named `tool_choice`.", param: "tool_choice")
        }
        guard choice != .none || formats.reasoning != nil else {
            toolConstraint = nil
            return
        }
        var configuration = OutputParserConfiguration()
        configuration.toolFormat = choice == .none ? nil : formats.tool
        configuration.toolChoice = choice
        configuration.allowsParallelCalls = chat.tools.allowsParallelCalls && !chat.tools.areFunctions
        configuration.tools = chat.tools.tools.map {
            ToolDefinition(name: $0.name, parameters: $0.parameters, isStrict: $0.isStrict)
        }
        if let reasoning = formats.reasoning {
            configuration.reasoningFormat = reasoning
            configuration.needsReasoningMarker = formats.isReasoningDetected
            configuration.isThinking = reasoning.isThinking(templateArguments: chat.conversation.thinkingArguments)
            configuration.reasoningState = reasoning.state(promptEnd: String(promptText.suffix(200)))
        }
        parsing = configuration
        toolConstraint = ToolConstraint.forced(configuration) ?? ToolConstraint.automatic(configuration)
    }

    /// The special tokens whose text is to be parsed.
    package var markers: [String] {
        (parsing?.toolFormat?.markers ?? []) + (parsing?.reasoningFormat?.markers ?? [])
    }

    /// What the text must satisfy; `nil` for any text.
    package var constraint: StructuredOutput? {
        guard let toolConstraint else {
            guard let output, let parsing, let calls = ToolConstraint.optionalCalls(parsing) else { return output }
            // calls, or the answer in its form
            let format: JSONValue = ["type": "or", "elements": [calls, output.tagFormat]]
            var either = output
            either.kind = .structuralTag(["type": "structural_tag", "format": format])
            return either
        }
        return StructuredOutput(tag: toolConstraint.structuralTag, field: "tools")
    }

    /// The text behind which the constraint begins; `nil` where that is the beginning.
    package var constraintOpening: String? {
        if toolConstraint?.coversReasoning == true { return nil }
        guard let parsing, let reasoning = parsing.reasoningFormat, parsing.isThinking else { return nil }
        let isBehindMarker = reasoning.usesAnswerChannel && parsing.reasoningState == .undecided
        return beginsWithReasoning || isBehindMarker ? reasoning.answerMarker : nil
    }

    /// Whether the text begins with reasoning, by the prompt or, where that does not say, by the format.
    private var beginsWithReasoning: Bool {
        switch parsing?.reasoningState {
        case .open: true
        case .closed, nil: false
        case .undecided:
            parsing?.reasoningFormat?.startsInReasoning == true && parsing?.needsReasoningMarker == false
        }
    }

    /// How long the answers may think, with the texts around it; `nil` for as long as they want, or where they do not.
    var thinkingLimit: (tokenCount: Int, opening: String, closing: String, isOpen: Bool)? {
        guard let thinkingTokenBudget, let parsing, parsing.isThinking, let reasoning = parsing.reasoningFormat,
            let opening = reasoning.openingMarker
        else { return nil }
        return (thinkingTokenBudget, opening, reasoning.answerMarker, beginsWithReasoning)
    }

    private static func noParser(_ tools: ToolFields) -> APIError {
        switch tools.choice {
        case .none, .auto:
            .badRequest("\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set")
        case .required:
            .badRequest("tool_choice=\"required\" requires --tool-call-parser to be set")
        case .named(let name):
            .badRequest("tool_choice=function \"\(name)\" requires --tool-call-parser to be set")
        }
    }
}

extension ToolChoice {
    fileprivate init(_ field: ToolChoiceField) {
        switch field {
        case .none: self = .none
        case .auto: self = .auto
        case .required: self = .required
        case .named(let name): self = .named(name)
        }
    }
}

extension Conversation {
    /// The arguments of the chat template that may switch thinking, with what `reasoning_effort` amounts to.
    fileprivate var thinkingArguments: JSONValue {
        var arguments = chatTemplateKwargs
        if let reasoningEffort, arguments["enable_thinking"] == nil {
            arguments["enable_thinking"] = .bool(reasoningEffort != "none")
        }
        return .object(arguments)
    }
}

extension StructuredOutput {
    /// The demand as a part of a structural tag.
    fileprivate var tagFormat: JSONValue {
        switch kind {
        case .jsonSchema(let schema): ["type": "json_schema", "json_schema": schema]
        case .jsonObject: ["type": "json_schema", "json_schema": ["type": "object"]]
        case .regex(let pattern): ["type": "regex", "pattern": .string(pattern)]
        case .grammar(let text): ["type": "grammar", "grammar": .string(text)]
        case .structuralTag(let tag): tag["format"] ?? tag
        case .choice(let texts):
            ["type": "or", "elements": .array(texts.map { ["type": "const_string", "value": .string($0)] })]
        }
    }
}
