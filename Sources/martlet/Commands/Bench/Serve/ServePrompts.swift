import Foundation
import Martlet
import MartletTokenizers

/// Makes the requests of a load out of the flags that say what prompts to send.
struct ServePrompts {
    let dataset: DatasetOptions
    private let tokenizer: Tokenizer?

    /// Without a tokenizer, tokens are taken for this many bytes, where no server has counted them.
    private static let bytesPerToken = 4

    init(dataset: DatasetOptions, tokenizerFolder: String?) throws {
        self.dataset = dataset
        tokenizer = try tokenizerFolder.map { try TokenizerLoader.load($0) }
    }

    /// The request that tells whether the server answers, and how long its tokens are.
    func probe(using random: inout SeededRandom) throws -> LoadRequest {
        var random = random
        if !dataset.isRandom {
            guard let prompt = try dataset.filePrompts(using: &random, tokenCount: tokenCount).first else {
                throw BenchError.dataset(path: dataset.datasetPath ?? "", reason: "no prompt is left")
            }
            return request(prompt.text, prompt.outputLength ?? 1)
        }
        let lengths = dataset.randomLengths(using: &random)[0]
        // words of a small vocabulary take several tokens: few enough for every length
        let count = tokenizer == nil ? max(1, lengths.input / 4) : lengths.input
        return request(text(count, using: &random), lengths.output)
    }

    /// The requests of the load.
    ///
    /// - Parameters:
    ///   - probe: the first request.
    ///   - outcome: what the server said to it; its count of tokens sizes random words.
    ///   - random: draws prompts and lengths.
    /// - Returns: the requests in the order in which they are sent.
    /// - Throws: `BenchError` where the file of prompts cannot be used.
    func requests(
        probe: LoadRequest,
        outcome: LoadOutcome,
        using random: inout SeededRandom
    ) throws -> [LoadRequest] {
        guard dataset.isRandom else {
            return try dataset.filePrompts(using: &random, tokenCount: tokenCount)
                .map { request($0.text, $0.outputLength ?? 1) }
        }
        var perUnit = 1.0
        if tokenizer == nil, outcome.promptTokenCount > 0 {
            let units = probe.prompt.split(separator: " ").count
            perUnit = Double(outcome.promptTokenCount) / Double(max(1, units))
        }
        func units(_ tokens: Int) -> Int { max(1, Int((Double(tokens) / perUnit).rounded())) }
        let prefix = dataset.randomPrefixLen > 0 ? text(units(dataset.randomPrefixLen), using: &random) + " " : ""
        return dataset.randomLengths(using: &random).map { lengths in
            let text = prefix + text(units(lengths.input), using: &random)
            return LoadRequest(
                prompt: text,
                promptLength: tokenizer == nil ? dataset.randomPrefixLen + lengths.input : tokenCount(text),
                outputLength: lengths.output
            )
        }
    }

    private func request(_ text: String, _ outputLength: Int) -> LoadRequest {
        LoadRequest(prompt: text, promptLength: tokenCount(text), outputLength: outputLength)
    }

    private func text(_ count: Int, using random: inout SeededRandom) -> String {
        guard let tokenizer else { return RandomPrompt.words(count, using: &random) }
        return RandomPrompt.text(count, tokenizer: tokenizer, using: &random)
    }

    private func tokenCount(_ text: String) -> Int {
        tokenizer?.encode(text, addSpecialTokens: true).count ?? max(1, text.utf8.count / Self.bytesPerToken)
    }
}
