import MartletEngine
import MartletOutputParsing
import MartletTokenizers

/// Turns one choice's tokens into text: incremental detokenizer, then stop strings.
///
/// The token that ends a choice (end of sequence or a stop token) has no text unless stops are included.
struct ChoiceDecoder {
    private var detokenizer: IncrementalDetokenizer
    private var matcher: StopStringMatcher
    private let includesStop: Bool
    private let minTokens: Int
    /// How many U+FFFD the text would end with: what follows them shows them, at the end they have no text.
    private var replacementCount = 0
    /// The tokens so far, the one that completed a stop string included.
    private(set) var tokenCount = 0
    /// Whether the last output has been made.
    private(set) var isFinished = false

    init(request: TextRequest, tokenizer: Tokenizer) {
        detokenizer = IncrementalDetokenizer(
            tokenizer: tokenizer,
            prompt: request.generation.promptTokenIDs,
            skipSpecialTokens: request.skipsSpecialTokens,
            keptSpecialTokens: request.keptSpecialTokens,
            spacesBetweenSpecialTokens: request.skipsSpecialTokens || request.spacesBetweenSpecialTokens
        )
        matcher = StopStringMatcher(stopStrings: request.stopStrings, includesStop: request.includesStop)
        includesStop = request.includesStop
        minTokens = request.generation.parameters.minTokens
    }

    /// The text of one step.
    ///
    /// When `stopReason` is a string, the engine has not ended the choice itself.
    mutating func decode(_ output: ChoiceOutput) -> TextOutput {
        var result = TextOutput(choice: output.choice, text: "", tokens: [])
        for (position, token) in output.tokens.enumerated() {
            tokenCount += 1
            result.tokens.append(token)
            let isLast = position == output.tokens.count - 1
            let endsChoice = isLast && output.finishReason == .stop
            if endsChoice && !includesStop { continue }
            let piece = settled(detokenizer.append(token.id))
            if tokenCount <= minTokens {
                result.text += matcher.appendUnmatched(piece)
                continue
            }
            let match = matcher.append(piece)
            result.text += match.text
            if let stop = match.stopString {
                result.finishReason = .stop
                result.stopReason = .string(stop)
                isFinished = true
                return result
            }
        }
        if let reason = output.finishReason {
            finish(&result, reason: reason, stopTokenID: output.stopTokenID)
        }
        return result
    }

    /// The text up to now that does not end inside a character.
    private mutating func settled(_ piece: String) -> String {
        // the last byte of U+FFFD
        if replacementCount == 0, piece.utf8.last != 0xBD { return piece }
        var scalars = piece.unicodeScalars
        while scalars.last == "\u{FFFD}" { scalars.removeLast() }
        let trailing = piece.unicodeScalars.count - scalars.count
        if scalars.isEmpty {
            replacementCount += trailing
            return ""
        }
        defer { replacementCount = trailing }
        return String(repeating: "\u{FFFD}", count: replacementCount) + String(scalars)
    }

    /// Flushes what was held back and sets the reason.
    private mutating func finish(_ result: inout TextOutput, reason: FinishReason, stopTokenID: TokenID?) {
        isFinished = true
        result.finishReason = reason
        result.stopReason = stopTokenID.map { .token($0) }
        let match = matcher.append(settled(detokenizer.finish()))
        result.text += match.text
        if let stop = match.stopString {
            result.finishReason = .stop
            result.stopReason = .string(stop)
        } else {
            result.text += matcher.finish()
        }
    }
}
