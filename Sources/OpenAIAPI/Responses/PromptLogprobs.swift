/// How likely the tokens of a prompt are: `prompt_logprobs` of a response.
package struct PromptLogprobs: Sendable, Hashable {
    /// A token at a position.
    package struct Entry: Sendable, Hashable {
        /// The token.
        package var token: LogprobToken
        /// Its place among all tokens, from 1.
        package var rank: Int

        /// An entry.
        package init(token: LogprobToken, rank: Int) {
            self.token = token
            self.rank = rank
        }
    }

    /// For each token of the prompt but the first: that token, then the likeliest ones.
    package var positions: [[Entry]]

    /// Log-probabilities.
    package init(positions: [[Entry]]) { self.positions = positions }
}

extension [UInt8] {
    /// Appends a list with `null` for the first token and an object by token id for each other, or `null`.
    mutating func appendPromptLogprobs(_ logprobs: PromptLogprobs?) {
        guard let logprobs else { return appendRaw("null") }
        appendRaw("[null")
        for entries in logprobs.positions {
            appendRaw(",{")
            var seen: Set<Int> = []
            for entry in entries where seen.insert(entry.token.id).inserted {
                if seen.count > 1 { appendRaw(",") }
                appendJSON(String(entry.token.id))
                appendRaw(":{\"logprob\":")
                appendLogprob(entry.token.logprob)
                appendRaw(",\"rank\":")
                appendJSON(entry.rank)
                appendRaw(",\"decoded_token\":")
                appendJSON(entry.token.text)
                appendRaw("}")
            }
            appendRaw("}")
        }
        appendRaw("]")
    }
}
