import MartletModels
import MartletTokenizers

/// The question that a model of the Qwen3-Reranker kind answers with yes or no.
///
/// - SeeAlso: the model card of Qwen/Qwen3-Reranker-0.6B.
struct RerankQuestion: Sendable {
    private static let opening =
        "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
        + "provided. Note that the answer can only be \"yes\" or \"no\".<|im_end|>\n<|im_start|>user\n"
    private static let closing = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    private static let instruction =
        "Given a web search query, retrieve relevant passages that answer the query"

    private let tokenizer: Tokenizer
    private let openingTokens: [Int32]
    private let closingTokens: [Int32]

    init(tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
        openingTokens = tokenizer.encode(Self.opening, addSpecialTokens: false).map(\.rawValue)
        closingTokens = tokenizer.encode(Self.closing, addSpecialTokens: false).map(\.rawValue)
    }

    /// The tokens of `no` and `yes`; `nil` where a vocabulary has them not.
    static func answerTokens(_ tokenizer: Tokenizer) -> [Int32]? {
        guard let no = tokenizer.id(for: "no"), let yes = tokenizer.id(for: "yes") else { return nil }
        return [no.rawValue, yes.rawValue]
    }

    /// The beginning of a text that has at most so many tokens; the whole text for 0.
    func shortened(_ text: String, to limit: Int) -> String {
        guard limit > 0 else { return text }
        let tokens = tokenizer.encode(text, addSpecialTokens: false, literalRanges: [0..<text.utf8.count])
        guard tokens.count > limit else { return text }
        // a token may end inside a character
        let beginning = zip(tokenizer.decode(Array(tokens.prefix(limit))).unicodeScalars, text.unicodeScalars)
        var scalars = String.UnicodeScalarView()
        for (decoded, scalar) in beginning {
            guard decoded == scalar else { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }

    /// The question about a pair; where it has more tokens than the limit, the document loses its end.
    func sequence(
        query: String,
        document: String,
        instruction: String? = nil,
        limit: Int
    ) -> (sequence: EncoderBatch.Sequence, fullCount: Int) {
        let text = "<Instruct>: \(instruction ?? Self.instruction)\n<Query>: \(query)\n<Document>: \(document)"
        // what a text holds of the markup is text
        let literal = [0..<text.utf8.count]
        let tokens = tokenizer.encode(text, addSpecialTokens: false, literalRanges: literal).map(\.rawValue)
        let around = openingTokens.count + closingTokens.count
        let kept = tokens.prefix(max(0, limit - around))
        return (
            EncoderBatch.Sequence(tokens: openingTokens + kept + closingTokens), tokens.count + around
        )
    }
}
