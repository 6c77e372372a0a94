/// What parsing of one answer depends on.
package struct OutputParserConfiguration: Sendable {
    /// How the model writes calls; `nil` where nothing is to be parsed as a call.
    package var toolFormat: ToolFormat?
    /// How the model marks reasoning; `nil` where all text is the answer.
    package var reasoningFormat: ReasoningFormat?
    /// The request's tools; their schemas give arguments their types in formats that write bare text.
    package var tools: [ToolDefinition] = []
    /// Whether calls are allowed, demanded, or neither.
    package var toolChoice = ToolChoice.auto
    /// Whether there may be more than one call; else calls behind the first are dropped.
    package var allowsParallelCalls = true
    /// Whether the model thinks, as `ReasoningFormat.isThinking` says; if not, all text is the answer.
    package var isThinking = true
    /// What the prompt says about the reasoning.
    package var reasoningState = ReasoningState.undecided
    /// Whether text is reasoning only behind a marker that opens it, in the prompt or in the text.
    ///
    /// For formats that were chosen from a chat template: a model that does not think then loses no answer.
    package var needsReasoningMarker = false

    /// A configuration in which all text is the answer.
    package init() {}
}

/// Takes the generated text of one answer apart into reasoning, content and tool calls, as it comes.
///
/// Parsing a text at once and in any pieces gives the same reasoning, content and calls. Nothing is held back but text that
/// may still be markup.
///
/// - Complexity: amortized O(1) per byte of text.
package struct OutputParser: Sendable {
    private let allowsParallelCalls: Bool
    private var channels: ChannelParser?
    private var splitter: ReasoningSplitter?
    private var machine: ToolCallMachine?

    /// How many tokens of reasoning have come.
    package private(set) var reasoningTokenCount = 0
    /// How many calls have begun.
    package private(set) var toolCallCount = 0

    /// A parser before any text.
    package init(_ configuration: OutputParserConfiguration, ids: ToolCallIDGenerator = ToolCallIDGenerator()) {
        allowsParallelCalls = configuration.allowsParallelCalls
        let reasoning = configuration.reasoningFormat
        let parsesCalls = configuration.toolFormat != nil && configuration.toolChoice != .none
        if configuration.toolFormat?.usesChannels == true || reasoning?.usesChannels == true {
            channels = ChannelParser(parsesCalls: parsesCalls, ids: ids)
            return
        }
        splitter = reasoning.map { Self.splitter($0, configuration) }
        guard configuration.toolChoice != .none else { return }
        let forced = ToolConstraint.forcedFormat(configuration)
        guard let format = forced ?? configuration.toolFormat else { return }
        machine = ToolCallMachine(
            ToolGrammar.shared(format),
            tools: configuration.tools,
            ids: ids,
            dropsContent: configuration.toolChoice != .auto
        )
    }

    private static func splitter(
        _ format: ReasoningFormat,
        _ configuration: OutputParserConfiguration
    ) -> ReasoningSplitter {
        var format = format
        if configuration.needsReasoningMarker { format.start = .content }
        let isReasoning =
            switch configuration.reasoningState {
            case .open: true
            case .closed: false
            case .undecided: format.start == .reasoning
            }
        return ReasoningSplitter(
            ReasoningGrammar(format),
            isPassing: !configuration.isThinking && configuration.reasoningState != .open,
            isReasoning: isReasoning
        )
    }

    /// Whether the text is past its reasoning: what constrains the answer applies from here on.
    package var isReasoningOver: Bool {
        if let channels { return channels.isReasoningOver }
        return splitter.map { !$0.isReasoning } ?? true
    }

    /// Takes the next piece of the generated text.
    ///
    /// - Parameters:
    ///   - text: whole characters; the text of the format's markers included, also where they are special tokens.
    ///   - tokenCount: how many tokens the piece stands for.
    /// - Returns: what is certain now.
    package mutating func feed(_ text: String, tokenCount: Int = 1) -> [OutputEvent] {
        if channels != nil {
            let wasReasoning = channels?.isReasoning == true
            let events = channels?.feed(text.utf8) ?? []
            if wasReasoning, channels?.isReasoning == true { reasoningTokenCount += tokenCount }
            return filtered(events)
        }
        guard splitter != nil else { return filtered(parse(content: Array(text.utf8))) }
        let wasReasoning = splitter?.isReasoning == true
        let output = splitter?.feed(text.utf8) ?? ReasoningSplitter.Output()
        if wasReasoning, splitter?.isReasoning == true, splitter?.hasJustOpened == false {
            reasoningTokenCount += tokenCount
        }
        return events(of: output)
    }

    /// Ends the text.
    ///
    /// - Parameter isCut: whether the model would have gone on: a limit of length or a stop string ended the text.
    /// - Returns: what was held back.
    package mutating func finish(isCut: Bool) -> [OutputEvent] {
        if channels != nil { return filtered(channels?.finish() ?? []) }
        var result = splitter == nil ? [] : events(of: splitter?.finish() ?? ReasoningSplitter.Output())
        result += filtered(machine?.finish(isCut: isCut) ?? [])
        return result
    }

    private mutating func events(of output: ReasoningSplitter.Output) -> [OutputEvent] {
        var events: [OutputEvent] = []
        if !output.reasoning.isEmpty { events.append(.reasoning(String(decoding: output.reasoning, as: UTF8.self))) }
        return events + filtered(parse(content: output.content))
    }

    private mutating func parse(content: [UInt8]) -> [OutputEvent] {
        if content.isEmpty { return [] }
        if machine != nil { return machine?.feed(content) ?? [] }
        return [.content(String(decoding: content, as: UTF8.self))]
    }

    /// The events without calls that are not allowed.
    private mutating func filtered(_ events: [OutputEvent]) -> [OutputEvent] {
        for case .toolCallBegin(let index, _, _) in events where allowsParallelCalls || index == 0 {
            toolCallCount = index + 1
        }
        if allowsParallelCalls { return events }
        return events.filter { event in
            switch event {
            case .toolCallBegin(let index, _, _), .toolCallArguments(let index, _), .toolCallEnd(let index, _):
                index == 0
            case .reasoning, .content: true
            }
        }
    }
}

extension OutputParser {
    /// A whole text as its parts.
    ///
    /// - Parameters:
    ///   - text: the generated text.
    ///   - configuration: what parsing depends on.
    ///   - isCut: whether the model would have gone on.
    ///   - ids: what makes identifiers of calls.
    /// - Returns: the parts.
    package static func parse(
        _ text: String,
        _ configuration: OutputParserConfiguration,
        isCut: Bool = false,
        ids: ToolCallIDGenerator = ToolCallIDGenerator()
    ) -> ParsedOutput {
        var parser = OutputParser(configuration, ids: ids)
        var output = ParsedOutput()
        for event in parser.feed(text) + parser.finish(isCut: isCut) { output.append(event) }
        return output
    }
}
