import Martlet
import MartletEngine
import MartletOpenAIAPI
import MartletTokenizers

/// Maps what the engine says of a choice to what the wire says.
struct ChoiceText {
    let tokenizer: Tokenizer
    private let showsIDs: Bool
    /// The tokens before the next one, as context for tokens that are parts of characters.
    private var context: [TokenID] = []

    /// A mapper for one choice.
    ///
    /// - Parameters:
    ///   - tokenizer: gives tokens their text.
    ///   - showsIDs: whether tokens are shown as `token_id:ID`.
    init(tokenizer: Tokenizer, showsIDs: Bool = false) {
        self.tokenizer = tokenizer
        self.showsIDs = showsIDs
    }

    /// Log-probabilities of an output's tokens, or `nil` when they were not asked for.
    mutating func logprobs(of output: TextOutput) -> [PositionLogprobs]? {
        var positions: [PositionLogprobs] = []
        for token in output.tokens {
            guard let logprobs = token.logprobs else { return nil }
            positions.append(
                PositionLogprobs(
                    chosen: shown(token.id, logprobs.logprob, keepsBytes: true),
                    top: logprobs.top.map { shown($0.id, $0.logprob, keepsBytes: false) }
                )
            )
            remember(token.id)
        }
        return positions
    }

    /// A token as log-probabilities show it, at the beginning of a text.
    func shownText(of id: TokenID) -> String { shown(id, 0, keepsBytes: false).text }

    /// Log-probabilities of a prompt, as `prompt_logprobs` tells them.
    mutating func promptLogprobs(_ logprobs: [TokenLogprobs], of prompt: [TokenID]) -> PromptLogprobs {
        context = Array(prompt.prefix(1))
        var positions: [[PromptLogprobs.Entry]] = []
        for (id, entry) in zip(prompt.dropFirst(), logprobs) {
            let chosen = PromptLogprobs.Entry(token: shown(id, entry.logprob, keepsBytes: true), rank: entry.rank)
            let top = entry.top.enumerated().map { index, token in
                PromptLogprobs.Entry(token: shown(token.id, token.logprob, keepsBytes: false), rank: index + 1)
            }
            positions.append([chosen] + top)
            remember(id)
        }
        return PromptLogprobs(positions: positions)
    }

    private mutating func remember(_ id: TokenID) {
        context.append(id)
        if context.count > 4 { context.removeFirst() }
    }

    private func shown(_ id: TokenID, _ logprob: Float, keepsBytes: Bool) -> LogprobToken {
        guard showsIDs else { return LogprobToken(id: id.index, text: text(of: id), logprob: logprob) }
        return LogprobToken(
            id: id.index,
            text: "token_id:\(id.index)",
            logprob: logprob,
            bytes: keepsBytes ? Array(text(of: id).utf8) : nil
        )
    }

    /// A token's own text; of a token that ends inside a character, the text it completes, or nothing.
    private func text(of id: TokenID) -> String {
        let alone = tokenizer.decode([id], skipSpecialTokens: false)
        guard alone.unicodeScalars.last == "\u{FFFD}" else { return alone }
        for count in stride(from: 1, through: context.count, by: 1) {
            let before = Array(context.suffix(count))
            let whole = tokenizer.decode(before + [id], skipSpecialTokens: false)
            guard whole.unicodeScalars.last != "\u{FFFD}" else { continue }
            var clean = Array(tokenizer.decode(before, skipSpecialTokens: false).unicodeScalars)
            while clean.last == "\u{FFFD}" { clean.removeLast() }
            var rest = String.UnicodeScalarView()
            rest.append(contentsOf: whole.unicodeScalars.dropFirst(clean.count))
            return String(rest)
        }
        return ""
    }
}

extension TextOutput {
    /// How the choice ended, for the wire.
    ///
    /// - Throws: 500 when the engine failed.
    func finish() throws(APIError) -> ChoiceFinish? {
        guard let finishReason else { return nil }
        switch finishReason {
        case .stop:
            switch stopReason {
            case .string(let text): return ChoiceFinish(.stop, stopReason: .text(text))
            case .token(let id): return ChoiceFinish(.stop, stopReason: .token(id.index))
            case nil: return ChoiceFinish(.stop)
            }
        case .length: return ChoiceFinish(.length)
        case .repetition: return ChoiceFinish(.repetition, stopReason: .text("repetition_detected"))
        case .abort: return ChoiceFinish(.abort)
        case .error: throw .engineFailure
        }
    }
}
