import Martlet
import MartletEngine
import MartletOpenAIAPI
import MartletOutputParsing
import MartletTokenizers

/// One choice of a chat answer as its text comes: parsed where the request or the model wants it.
struct ChatChoice {
    private let chat: ChatCompletionRequest
    private let toolChoice: ToolChoice
    private var text: ChoiceText
    private var parser: OutputParser?
    private var grouping: OutputGrouping
    /// Whether the last call is whole; the end of a call that a stop string cut is no end of a call.
    private var isLastCallComplete = true
    /// Whether text that is empty is no text.
    private let leavesEmptyTextOut: Bool
    /// Counts the searches for calls; `nil` where none are looked for.
    private let tally: ToolParsingTally?

    init(
        chat: ChatCompletionRequest,
        plan: ChatOutputPlan,
        tokenizer: Tokenizer,
        tally: ToolParsingTally,
        streamInterval: Int = 1
    ) {
        self.chat = chat
        self.tally = plan.parsing?.toolFormat == nil ? nil : tally
        grouping = OutputGrouping(interval: chat.options.streamInterval ?? streamInterval)
        leavesEmptyTextOut = plan.leavesEmptyTextOut
        text = ChoiceText(tokenizer: tokenizer, showsIDs: chat.options.showsTokensAsIDs)
        parser = plan.parsing.map { OutputParser($0) }
        toolChoice = plan.parsing?.toolChoice ?? .none
    }

    /// How many tokens were reasoning.
    var reasoningTokenCount: Int { parser?.reasoningTokenCount ?? 0 }

    /// What an output is to the client.
    struct Part {
        var events: [OutputEvent]
        var logprobs: [PositionLogprobs]?
        var tokenIDs: [Int]?
        var finish: ChoiceFinish?
    }

    /// Parses an output.
    mutating func part(of output: TextOutput) throws(APIError) -> Part {
        var part = Part(events: [], finish: try output.finish())
        if parser == nil {
            part.events = leavesEmptyTextOut && output.text.utf8.isEmpty ? [] : [.content(output.text)]
        } else {
            part.events = events(of: output)
            tally?.count(part.events, callCount: parser?.toolCallCount ?? 0, isEnd: part.finish != nil)
        }
        guard chat.options.includesReasoning else {
            part.events.removeAll { if case .reasoning = $0 { true } else { false } }
            return part
        }
        if chat.logprobs { part.logprobs = text.logprobs(of: output) }
        if chat.options.returnTokenIDs { part.tokenIDs = output.tokens.map(\.id.index) }
        return part
    }

    private mutating func events(of output: TextOutput) -> [OutputEvent] {
        var tokenCount = output.tokens.count
        // the token that ends the choice has no text
        if output.finishReason == .stop { tokenCount -= 1 }
        var events = parser?.feed(output.text, tokenCount: tokenCount) ?? []
        if let reason = output.finishReason {
            var isCut = reason != .stop
            if case .string = output.stopReason { isCut = true }
            events += parser?.finish(isCut: isCut) ?? []
        }
        for event in events {
            switch event {
            case .toolCallBegin: isLastCallComplete = false
            case .toolCallEnd(_, let isComplete): isLastCallComplete = isComplete
            case .toolCallArguments, .reasoning, .content: break
            }
        }
        return events
    }

    /// The end of the choice as the client reads it, with calls that are to be answered.
    func finish(_ finish: ChoiceFinish) -> ChoiceFinish {
        guard finish.reason == .stop, let parser, parser.toolCallCount > 0 else { return finish }
        if case .named = toolChoice { return finish }
        if case .text = finish.stopReason, !isLastCallComplete { return finish }
        return ChoiceFinish(chat.tools.areFunctions ? .functionCall : .toolCalls, stopReason: finish.stopReason)
    }

    /// What an output adds to the stream; `nil` where there is nothing to tell.
    mutating func delta(of output: TextOutput) throws(APIError) -> ChatCompletionChunkWriter.Delta? {
        guard let output = grouping.add(output) else { return nil }
        let part = try part(of: output)
        var delta = ChatCompletionChunkWriter.Delta(
            choice: output.choice,
            content: nil,
            logprobs: part.logprobs,
            tokenIDs: part.tokenIDs,
            finish: part.finish.map { finish($0) }
        )
        for event in part.events { delta.append(event) }
        let isEmpty = delta.content == nil && delta.reasoning == nil && delta.toolCalls.isEmpty
        return isEmpty && delta.finish == nil && delta.logprobs == nil && delta.tokenIDs == nil ? nil : delta
    }
}

extension ChatCompletionChunkWriter.Delta {
    fileprivate mutating func append(_ event: OutputEvent) {
        switch event {
        case .reasoning(let text): reasoning = (reasoning ?? "") + text
        case .content(let text): content = (content ?? "") + text
        case .toolCallBegin(let index, let id, let name):
            toolCalls.append(ToolCallDelta(index: index, id: id, name: name))
        case .toolCallArguments(let index, let text):
            if toolCalls.last?.index == index {
                toolCalls[toolCalls.count - 1].arguments = (toolCalls[toolCalls.count - 1].arguments ?? "") + text
            } else {
                toolCalls.append(ToolCallDelta(index: index, arguments: text))
            }
        case .toolCallEnd: break
        }
    }
}

/// A choice of a chat answer gathered from all its outputs.
struct WholeChatChoice {
    private let chat: ChatCompletionRequest
    private let isForced: Bool
    private var choice: ChatChoice
    private var output = ParsedOutput()
    private var logprobs: [PositionLogprobs] = []
    private var tokenIDs: [Int] = []
    private var end = ChoiceFinish(.abort)

    init(chat: ChatCompletionRequest, plan: ChatOutputPlan, tokenizer: Tokenizer, tally: ToolParsingTally) {
        self.chat = chat
        let toolChoice = plan.parsing?.toolChoice ?? .none
        isForced = toolChoice != .none && toolChoice != .auto
        choice = ChatChoice(chat: chat, plan: plan, tokenizer: tokenizer, tally: tally)
    }

    var reasoningTokenCount: Int { choice.reasoningTokenCount }

    mutating func append(_ text: TextOutput) throws(APIError) {
        let part = try choice.part(of: text)
        for event in part.events { output.append(event) }
        logprobs += part.logprobs ?? []
        tokenIDs += part.tokenIDs ?? []
        end = part.finish ?? end
    }

    /// The choice as the response has it.
    ///
    /// - Parameters:
    ///   - index: from 0.
    ///   - echo: text before the answer.
    /// - Returns: the choice with its calls, or the one call of a request with `functions`.
    func response(index: Int, echo: String?) -> ChatCompletionResponse.Choice {
        let calls = output.toolCalls.map { ToolCallOutput(id: $0.id, name: $0.name, arguments: $0.arguments) }
        var content = output.content
        if content == nil, isForced || (calls.isEmpty && output.reasoning == nil) { content = "" }
        if let echo { content = echo + (content ?? "") }
        var result = ChatCompletionResponse.Choice(
            index: index,
            content: content,
            finish: choice.finish(end),
            logprobs: chat.logprobs && chat.options.includesReasoning ? logprobs : nil,
            tokenIDs: chat.options.returnTokenIDs && chat.options.includesReasoning ? tokenIDs : nil
        )
        result.reasoning = output.reasoning
        if chat.tools.areFunctions { result.functionCall = calls.first } else { result.toolCalls = calls }
        return result
    }
}
