import Martlet
import MartletEngine
import MartletOpenAIAPI
import MartletTokenizers

/// A choice gathered from all its outputs.
struct WholeChoice {
    private(set) var text = ""
    private(set) var tokens: [TokenID] = []
    private(set) var logprobs: [PositionLogprobs] = []
    private(set) var finish = ChoiceFinish(.abort)
    private var texts: ChoiceText

    /// How likely its tokens are on average; −∞ without any.
    var meanLogprob: Float {
        logprobs.isEmpty ? -.infinity : logprobs.reduce(0) { $0 + $1.chosen.logprob } / Float(logprobs.count)
    }

    init(tokenizer: Tokenizer, showsIDs: Bool) { texts = ChoiceText(tokenizer: tokenizer, showsIDs: showsIDs) }

    mutating func append(_ output: TextOutput) throws(APIError) {
        text += output.text
        tokens += output.tokens.map(\.id)
        logprobs += texts.logprobs(of: output) ?? []
        finish = try output.finish() ?? finish
    }
}
