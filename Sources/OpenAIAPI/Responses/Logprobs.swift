/// A token of the vocabulary as log-probabilities show it.
package struct LogprobToken: Sendable, Hashable {
    /// The token's id.
    package var id: Int
    /// The token's text; incomplete characters as U+FFFD.
    package var text: String
    /// Its raw log-probability.
    package var logprob: Float
    /// The bytes that it stands for; `nil` for those of `text`.
    package var bytes: [UInt8]?

    /// A token.
    package init(id: Int, text: String, logprob: Float, bytes: [UInt8]? = nil) {
        self.id = id
        self.text = text
        self.logprob = logprob
        self.bytes = bytes
    }
}

/// The log-probabilities at one position.
package struct PositionLogprobs: Sendable, Hashable {
    /// The chosen token.
    package var chosen: LogprobToken
    /// As many of the likeliest tokens as the request asks for, the likeliest first.
    package var top: [LogprobToken]

    /// Log-probabilities.
    package init(chosen: LogprobToken, top: [LogprobToken]) {
        self.chosen = chosen
        self.top = top
    }
}

extension [UInt8] {
    /// Appends the `logprobs` of a chat choice: `{"content":[{token, logprob, bytes, top_logprobs}]}`, or `null`.
    mutating func appendChatLogprobs(_ positions: [PositionLogprobs]?) {
        guard let positions else { return appendRaw("null") }
        appendRaw("{\"content\":")
        appendArray(positions) { position, bytes in
            bytes.appendRaw("{")
            bytes.appendChatLogprob(position.chosen)
            bytes.appendRaw(",\"top_logprobs\":")
            bytes.appendArray(position.top) { token, bytes in
                bytes.appendRaw("{")
                bytes.appendChatLogprob(token)
                bytes.appendRaw("}")
            }
            bytes.appendRaw("}")
        }
        appendRaw("}")
    }

    private mutating func appendChatLogprob(_ token: LogprobToken) {
        appendRaw("\"token\":")
        appendJSON(token.text)
        appendRaw(",\"logprob\":")
        appendLogprob(token.logprob)
        appendRaw(",\"bytes\":")
        appendJSON((token.bytes ?? Array(token.text.utf8)).map { Int($0) })
    }
}

/// The `logprobs` of a completion choice, or of one chunk of it.
package struct CompletionLogprobs: Sendable, Hashable {
    /// Where each token's text begins, in characters from the beginning of the choice's text.
    private(set) var textOffsets: [Int] = []
    private(set) var positions: [PositionLogprobs] = []
    /// Where the next token's text begins.
    package private(set) var nextOffset: Int
    /// The text of a first token that nothing precedes, whose probability is not known.
    private(set) var first: String?

    /// No tokens yet.
    ///
    /// - Parameter offset: where the first token's text begins, 0 or the `nextOffset` of the chunk before.
    package init(offset: Int = 0) { nextOffset = offset }

    /// Adds the first token of a prompt; before any other.
    package mutating func appendFirst(_ text: String) {
        first = text
        textOffsets.append(nextOffset)
        nextOffset += text.unicodeScalars.count
    }

    /// Adds a position.
    package mutating func append(_ position: PositionLogprobs) {
        textOffsets.append(nextOffset)
        positions.append(position)
        nextOffset += position.chosen.text.unicodeScalars.count
    }
}

extension [UInt8] {
    /// Appends `{text_offset, token_logprobs, tokens, top_logprobs}`, or `null`.
    mutating func appendCompletionLogprobs(_ logprobs: CompletionLogprobs?) {
        guard let logprobs else { return appendRaw("null") }
        appendRaw("{\"text_offset\":")
        appendJSON(logprobs.textOffsets)
        // the first token of a prompt has no values
        let positions = (logprobs.first == nil ? [] : [nil]) + logprobs.positions.map { Optional($0) }
        appendRaw(",\"token_logprobs\":")
        appendArray(positions) { position, bytes in
            if let position { bytes.appendLogprob(position.chosen.logprob) } else { bytes.appendRaw("null") }
        }
        appendRaw(",\"tokens\":")
        appendArray(positions) { $1.appendJSON($0?.chosen.text ?? logprobs.first) }
        appendRaw(",\"top_logprobs\":")
        appendArray(positions) { position, bytes in
            if let position { bytes.appendTopLogprobs(position) } else { bytes.appendRaw("null") }
        }
        appendRaw("}")
    }

    /// Appends an object from texts to log-probabilities: the chosen token, then the other likeliest ones.
    ///
    /// Of tokens with one text the last value stands at the first one's place, as in a Python dictionary.
    private mutating func appendTopLogprobs(_ position: PositionLogprobs) {
        var entries = [position.chosen]
        for token in position.top where token.id != position.chosen.id {
            if let place = entries.firstIndex(where: { $0.text.utf8.elementsEqual(token.text.utf8) }) {
                entries[place].logprob = token.logprob
            } else {
                entries.append(token)
            }
        }
        appendRaw("{")
        for (index, token) in entries.enumerated() {
            if index > 0 { appendRaw(",") }
            appendJSON(token.text)
            appendRaw(":")
            appendLogprob(token.logprob)
        }
        appendRaw("}")
    }
}
